import { createRequire, register } from "node:module";
import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";
import { types } from "node:util";
import { UntornError } from "../../platform/index.ts";
import type { CrashTest, Knowledge, Workload } from "../crash/index.ts";
import { memoryPort } from "../memory-port.ts";
import type { MemoryPort } from "../memory-port.ts";
import { initialize, loadSync, resolveSync } from "./hooks.ts";
import type { HookData } from "./hooks.ts";
import { createNodeFs } from "./module.ts";
import type { NodeFsModule } from "./module.ts";

/** Where code under test finds its files. Everything outside is the real file system, and cannot be changed. */
export const simulatedFolder = "/crash-test";

const key = Symbol.for("untorn.simulated-fs");
const requests = new Set(["fs", "node:fs", "fs/promises", "node:fs/promises"]);

let current: MemoryPort | undefined;
let installed: NodeFsModule | undefined;

/** The simulated `node:fs`, for code that takes its file system as an argument. */
export function simulatedNodeFs(): NodeFsModule {
  installed ??= createNodeFs({ root: simulatedFolder, port: () => (current ??= memoryPort()) });
  return installed;
}

/**
 * From now on every module that is loaded, CommonJS or ESM, and imports `node:fs` (or `fs`, or either's `/promises`),
 * gets the simulated one. Modules that were loaded before keep the real one. Cannot be undone in this process.
 * `require()` of this library fails from now on, and before Node 22.15 that of any ES module: they would keep the real one.
 */
export function simulateNodeFs(): void {
  const holder = globalThis as unknown as Record<symbol, unknown>;
  if (holder[key] !== undefined) return;
  const fs = simulatedNodeFs();
  holder[key] = fs;
  const data: HookData = {
    own: new URL("../../", import.meta.url).href,
    names: Object.keys(fs),
    promiseNames: Object.keys(fs.promises),
  };
  const { registerHooks } = nodeModule as { registerHooks?: (hooks: object) => void };
  if (registerHooks === undefined) register(new URL("./hooks.js", import.meta.url).href, { data });
  else {
    initialize(data);
    registerHooks({ resolve: resolveSync, load: loadSync });
  }
  patchRequire(fs, fileURLToPath(data.own), registerHooks !== undefined);
}

interface Loader {
  _load(request: string, parent: { filename?: string } | undefined, isMain: boolean): unknown;
}

/* oxlint-disable no-underscore-dangle -- Node has named it so */
/**
 * What `require` loads gets its `node:fs` here. An ES module that is required gets past this, and past the hooks where Node has only
 * asynchronous ones; and this library, which is loaded already, never becomes a copy of its own. To go on then would be
 * to call code good that works on the real disk.
 */
function patchRequire(fs: NodeFsModule, own: string, hooked: boolean): void {
  const loader = createRequire(import.meta.url)("node:module") as Loader;
  const load = loader._load.bind(loader);
  loader._load = (request, parent, isMain) => {
    const from = parent?.filename;
    if (from?.startsWith(own) === true) return load(request, parent, isMain);
    if (requests.has(request)) return request.endsWith("/promises") ? fs.promises : fs;
    const loaded = load(request, parent, isMain);
    if (from !== undefined && types.isModuleNamespaceObject(loaded)) {
      if (!hooked || createRequire(from).resolve(request).startsWith(own)) throw notSimulated(request, from);
    }
    return loaded;
  };
}

function notSimulated(request: string, from: string): Error {
  return new UntornError({
    code: "UNTORN_INVALID_ARGUMENT",
    path: from,
    phase: "read",
    outcome: "unchanged",
    problem: `require("${request}") gets past the simulated file system`,
    next: `Load it by \`import\`, or by \`await import("${request}")\`.`,
  });
}

/** As `CrashTest`, for code that uses `node:fs`: it is given the folder that it may work in, instead of a port. */
export interface NodeFsCrashTest<V> extends Omit<CrashTest<V>, "setup" | "workload" | "recover" | "check"> {
  readonly setup?: (folder: string) => unknown;
  readonly workload: (folder: string, run: Workload<V>) => unknown;
  readonly recover?: (folder: string) => unknown;
  readonly check: (folder: string, knowledge: Knowledge<V>) => unknown;
}

/** Turns it into a test for `exploreCrashes`. The code must have been loaded after `simulateNodeFs`. */
export function nodeFsCrashTest<V>(test: NodeFsCrashTest<V>): CrashTest<V> {
  const { setup, workload, recover, check, ...options } = test;
  const entered = (port: MemoryPort): string => {
    current = port;
    return simulatedFolder;
  };
  return {
    ...options,
    // Code asks `process.getuid` who it is, so the machine has to agree.
    machine: { uid: process.getuid?.() ?? 1000, gid: process.getgid?.() ?? 1000, ...options.machine },
    setup(port) {
      port.putDirectory(simulatedFolder);
      return setup?.(entered(port));
    },
    workload: (port, run) => workload(entered(port), run),
    ...(recover === undefined ? {} : { recover: (port: MemoryPort) => recover(entered(port)) }),
    check: (port, knowledge) => check(entered(port), knowledge),
  };
}

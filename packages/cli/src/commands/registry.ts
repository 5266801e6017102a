import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { isUntornError, printable, UntornError } from "untorn";
import type { Registry } from "@untorn/workspace/registries";
import { parseJson } from "untorn/json";
import { chooseAction } from "../actions.ts";
import type { Takes } from "../actions.ts";
import { oneOf, parseArguments } from "../arguments.ts";
import { below } from "../below.ts";
import { exitStatus } from "../command.ts";
import { absent, assertMade } from "../folder-named.ts";
import { inputText } from "../input.ts";
import { parseExactly, withDigitsOf } from "../jq.ts";
import { jsonText, print, printJson } from "../output.ts";
import { inStateFolder } from "../state-folder.ts";

export const summary = "keep tools, roles, prompts and patterns by name, with their versions";

export const usage = `
usage: untorn registry [OPTIONS] KIND list
       untorn registry [OPTIONS] KIND show NAME
       untorn registry [OPTIONS] KIND put NAME FILE     FILE holds the specification as JSON; -: standard input
       untorn registry [OPTIONS] KIND remove NAME       its versions stay in the history
       untorn registry [OPTIONS] KIND history NAME
       untorn registry [OPTIONS] KIND verify

KIND is tool, role, prompt or pattern. One file per name, DIR/KINDs/NAME.json, with its earlier versions in history/NAME. A tool
has an implementation as well, saved together with its specification. A corrupt entry is reported and takes no other down.

  --apply                 verify: make the index anew from the entries
  --dir DIR               the folder of all registries (default: .registry)
  --implementation FILE   put: the tool's implementation; it keeps FILE's extension
  --json                  print what was found or done as JSON; errors as JSON too

Exit status: 0 done; 1 refused, nothing is changed, or something is corrupt; 2 usage; 3 the transaction is committed but could not
be completed.
`;

// A specification or a patch is content: what is wrong with it is no mistake in the command line.
export { contentStatus as statusOf } from "../report.ts";

const options = {
  apply: { type: "boolean" },
  dir: { type: "string" },
  implementation: { type: "string" },
} as const;

const kinds = ["tool", "role", "prompt", "pattern"] as const;

interface Answer {
  readonly value: unknown;
  readonly lines: readonly string[];
  readonly bad?: boolean;
}

interface Call {
  readonly registry: Registry<unknown>;
  readonly operands: readonly string[];
  readonly implementation: string | undefined;
  readonly apply: boolean;
}

interface Action extends Takes {
  /** Whether it makes a registry where there is none yet. */
  readonly makesOne?: true;
  readonly act: (call: Call) => Promise<Answer>;
}

const actions: Readonly<Record<string, Action>> = {
  list: {
    takes: [],
    act({ registry }) {
      const value = registry.list();
      const lines = value.entries.map(({ name, version, updated }) =>
        printable(`${name}  version ${version}  ${updated}`),
      );
      const corrupt = value.corrupt.map(({ name, problem }) => printable(`${name}  corrupt: ${problem}`));
      return Promise.resolve({ value, lines: [...lines, ...corrupt], bad: corrupt.length > 0 });
    },
  },
  show: {
    takes: ["NAME"],
    async act({ registry, operands: [name = ""] }) {
      const value = await withDigitsOf(`${registry.folder}/${name}.json`, registry.get(name));
      return { value, lines: [jsonText(value, 2)] };
    },
  },
  put: {
    takes: ["NAME", "FILE"],
    options: ["implementation"],
    makesOne: true,
    async act({ registry, operands: [name = "", file = ""], implementation }) {
      const code =
        implementation === undefined
          ? undefined
          : { extension: extname(implementation).toLowerCase(), content: await readFile(implementation) };
      const specification = specificationIn(file, await inputText(file));
      const value = await inStateFolder(registry.folder, () => registry.put(name, specification, code));
      return { value, lines: [printable(`${value.name}  version ${value.version}`)] };
    },
  },
  remove: {
    takes: ["NAME"],
    async act({ registry, operands: [name = ""] }) {
      await registry.remove(name);
      return { value: { removed: name }, lines: [] };
    },
  },
  history: {
    takes: ["NAME"],
    act({ registry, operands: [name = ""] }) {
      const value = registry.history(name);
      if (value.length === 0) {
        throw absent(below(registry.folder, name), "there is no entry of that name, nor has there been one", "");
      }
      return Promise.resolve({ value, lines: value.map(({ version, updated }) => `version ${version}  ${updated}`) });
    },
  },
  verify: {
    takes: [],
    options: ["apply"],
    async act({ registry, apply }) {
      if (apply) await registry.rebuildIndex();
      const problems = apply ? verifiedAnew(registry) : registry.verify();
      return { value: { problems }, lines: problems.map(printable), bad: problems.length > 0 };
    },
  },
};

export async function run(argv: string[]): Promise<number> {
  const form = { names: ["KIND", "ACTION", "ARGUMENT"], least: 2, many: true };
  const { values, operands: words } = await parseArguments(argv, options, form);
  const kind = oneOf("KIND", words[0], kinds) ?? "tool";
  const { action, operands } = chooseAction(actions, words.slice(1), values, ["dir"]);
  const folder = values.dir ?? ".registry";
  if (action.makesOne !== true) assertMade(folder, "registry", "untorn registry KIND put");
  const registry = await registryAt(kind, `${folder}/${kind}s`);
  const { implementation, apply = false } = values;
  const answer = await action.act({ registry, operands, implementation, apply });
  if (values.json === true) await printJson(answer.value);
  else await print(answer.lines.map((line) => `${line}\n`).join(""));
  return answer.bad === true ? exitStatus.refused : exitStatus.done;
}

async function registryAt(kind: (typeof kinds)[number], folder: string): Promise<Registry<unknown>> {
  const { PatternStore, PromptRegistry, RoleRegistry, ToolRegistry } = await import("@untorn/workspace/registries");
  const classes = { tool: ToolRegistry, role: RoleRegistry, prompt: PromptRegistry, pattern: PatternStore };
  // Each checks what it is given against its own schema.
  return new classes[kind](folder);
}

/** An error of the look that follows is not to hide that the index has been made. */
function verifiedAnew(registry: { readonly folder: string; verify(): string[] }): string[] {
  try {
    return registry.verify();
  } catch (cause) {
    if (!isUntornError(cause)) throw cause;
    const problem = `the index was made anew, but not all could be looked at: ${cause.message}`;
    throw new UntornError({
      code: cause.code,
      path: registry.folder,
      phase: "read",
      outcome: "replaced",
      problem,
      cause,
    });
  }
}

function specificationIn(file: string, text: string): unknown {
  try {
    parseJson(text, { path: file });
  } catch (cause) {
    // Without what the parser quotes: that may be a secret.
    const position = isUntornError(cause) && cause.position !== undefined ? { position: cause.position } : {};
    const facts = { code: "UNTORN_INVALID", path: file, phase: "arguments", outcome: "unchanged" } as const;
    throw new UntornError({ ...facts, problem: "it is not JSON", cause, ...position });
  }
  return parseExactly(text);
}

import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { isUntornError, printable, UntornError } from "untorn";
import type { Registry } from "@untorn/workspace/registries";
import { oneOf, parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { print, printJson } from "../output.ts";
import { makeStateFolder } from "../state-folder.ts";
import { UsageError } from "../usage-error.ts";

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

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, options, {
    names: ["KIND", "ACTION", "NAME", "FILE"],
    least: 2,
  });
  const kind = oneOf("KIND", operands[0], kinds) ?? "tool";
  const [, action = "", name, file] = operands;
  const folder = `${values.dir ?? ".registry"}/${kind}s`;
  if (action === "put") await makeStateFolder(folder);
  const registry = await registryAt(kind, folder);
  const answer = await act(registry, action, { name, file, ...values });
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

interface Wanted {
  readonly name: string | undefined;
  readonly file: string | undefined;
  readonly implementation?: string | undefined;
  readonly apply?: boolean | undefined;
}

async function act(registry: Registry<unknown>, action: string, wanted: Wanted): Promise<Answer> {
  const named = (): string => {
    if (wanted.name === undefined) throw new UsageError("NAME is missing.");
    return wanted.name;
  };
  switch (action) {
    case "list": {
      const value = registry.list();
      const lines = value.entries.map(({ name, version, updated }) =>
        printable(`${name}  version ${version}  ${updated}`),
      );
      const corrupt = value.corrupt.map(({ name, problem }) => printable(`${name}  corrupt: ${problem}`));
      return { value, lines: [...lines, ...corrupt], bad: corrupt.length > 0 };
    }
    case "show": {
      const value = registry.get(named());
      return { value, lines: [JSON.stringify(value, null, 2)] };
    }
    case "put": {
      const { file, implementation } = wanted;
      if (file === undefined) throw new UsageError("FILE is missing.");
      const code =
        implementation === undefined
          ? undefined
          : { extension: extname(implementation).toLowerCase(), content: await readFile(implementation) };
      const value = await registry.put(named(), specificationIn(file, await contentOf(file)), code);
      return { value, lines: [printable(`${value.name}  version ${value.version}`)] };
    }
    case "remove":
      await registry.remove(named());
      return { value: { removed: wanted.name }, lines: [] };
    case "history": {
      const value = registry.history(named());
      return { value, lines: value.map(({ version, updated }) => `version ${version}  ${updated}`) };
    }
    case "verify": {
      if (wanted.apply === true) await registry.rebuildIndex();
      const problems = wanted.apply === true ? verifiedAnew(registry) : registry.verify();
      return { value: { problems }, lines: problems.map(printable), bad: problems.length > 0 };
    }
    default:
      throw new UsageError(`There is no action '${action}'. It takes list, show, put, remove, history, verify.`);
  }
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

async function contentOf(file: string): Promise<string> {
  return file === "-" ? await textOf(process.stdin) : await readFile(file, "utf8");
}

function specificationIn(file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${(error as Error).message}`);
  }
}

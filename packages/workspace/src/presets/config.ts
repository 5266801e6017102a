import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as v from "valibot";
import { isUntornError, issueText, readFileSync } from "untorn";
import { parseJson } from "untorn/json";
import { corruptState } from "../ground/index.ts";
import { importModule, importTypeScript } from "./import-config.ts";
import type { Layout } from "./layout.ts";

const names = ["untorn.config.json", "untorn.config.ts", "untorn.config.mts", "untorn.config.js", "untorn.config.mjs"];

const kinds = ["json", "jsonl", "yaml", "frontmatter", "markdown", "text"] as const;

const layouts = v.array(
  v.strictObject({
    name: v.string(),
    folder: v.pipe(v.string(), v.regex(/^[^/\\]+(?:\/[^/\\]+)*$/, "a folder is names with / between")),
    files: v.array(
      v.strictObject({
        path: v.pipe(v.string(), v.minLength(1)),
        kind: v.picklist(kinds),
        schema: v.optional(
          v.custom<NonNullable<Layout["files"][number]["schema"]>>(isSchema, "it is no Standard Schema"),
        ),
        lenient: v.optional(v.boolean()),
        required: v.optional(v.array(v.string())),
      }),
    ),
  }),
);

function isSchema(value: unknown): boolean {
  return (typeof value === "object" || typeof value === "function") && value !== null && "~standard" in value;
}

/**
 * The `layouts` of the `untorn.config.json` for a folder, or of its `.ts`, `.mts`, `.js`, `.mjs`: the one in the folder itself, or the
 * nearest above it, up to the folder with `.git`; none where there is no such file. Outside of a repository nothing above the folder
 * is looked at, because a program is not to run what just anybody has put above it.
 *
 * TypeScript is read by Node itself, with its types stripped: from 22.18 on, and from 22.15 on with its own hooks.
 * @throws UntornError UNTORN_CORRUPT, naming the file and the place, for one that cannot be read or has another shape;
 * UNTORN_UNSUPPORTED for TypeScript where this Node cannot read it.
 */
export async function configuredLayouts(folder: string): Promise<readonly Layout[]> {
  const path = configFor(resolve(folder));
  if (path === undefined) return [];
  const whole = path.endsWith(".json") ? parseJson(readFileSync(path).data, { path }) : await imported(path);
  const given = typeof whole === "object" && whole !== null ? (whole as { layouts?: unknown }).layouts : undefined;
  const result = v.safeParse(layouts, given ?? []);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const place = v.getDotPath(issue);
  const where = place === null ? "layouts" : `layouts.${place}`;
  throw corruptState(path, `${where} is not what it must be: ${issueText(issue)}`, "Mend the configuration.");
}

function configFor(start: string): string | undefined {
  const own = configIn(start);
  if (own !== undefined) return own;
  const above: string[] = [];
  for (let folder = start; !existsSync(join(folder, ".git")); folder = dirname(folder)) {
    if (dirname(folder) === folder) return undefined;
    above.push(dirname(folder));
  }
  for (const folder of above) {
    const found = configIn(folder);
    if (found !== undefined) return found;
  }
  return undefined;
}

function configIn(folder: string): string | undefined {
  const name = names.find((each) => existsSync(join(folder, each)));
  return name === undefined ? undefined : join(folder, name);
}

async function imported(path: string): Promise<unknown> {
  try {
    return (await (/\.m?ts$/.test(path) ? importTypeScript(path) : importModule(path))).default;
  } catch (error) {
    if (isUntornError(error)) throw error;
    const problem = `it cannot be imported: ${error instanceof Error ? error.message : String(error)}`;
    throw corruptState(path, problem, "Mend the configuration, or write it as untorn.config.json.", error);
  }
}

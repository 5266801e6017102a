import * as v from "valibot";
import { isUntornError, issueText, readFileSync } from "untorn";
import { parseJson } from "untorn/json";
import { configParts, findConfig, importConfig } from "untorn/config";
import { corruptState } from "../ground/index.ts";
import type { Layout } from "./layout.ts";

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
        uniqueNames: v.optional(v.boolean()),
        required: v.optional(v.array(v.string())),
      }),
    ),
  }),
);

function isSchema(value: unknown): boolean {
  return (typeof value === "object" || typeof value === "function") && value !== null && "~standard" in value;
}

/**
 * The `layouts` of the `untorn.config` for a folder (see `findConfig`); none where there is no such file.
 * @throws UntornError UNTORN_CORRUPT, naming the file and the place, for one that cannot be read or has another shape;
 * UNTORN_UNSUPPORTED for TypeScript where this Node cannot read it.
 */
export async function configuredLayouts(folder: string): Promise<readonly Layout[]> {
  const path = findConfig(folder);
  if (path === undefined) return [];
  const whole = path.endsWith(".json") ? parseJson(readFileSync(path).data, { path }) : await imported(path);
  const result = v.safeParse(layouts, configParts(whole, path).layouts ?? []);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const place = v.getDotPath(issue);
  const where = place === null ? "layouts" : `layouts.${place}`;
  throw corruptState(path, `${where} is not what it must be: ${issueText(issue)}`, "Mend the configuration.");
}

async function imported(path: string): Promise<unknown> {
  try {
    return await importConfig(path);
  } catch (error) {
    if (isUntornError(error)) throw error;
    const problem = `it cannot be imported: ${error instanceof Error ? error.message : String(error)}`;
    throw corruptState(path, problem, "Mend the configuration, or write it as untorn.config.json.", error);
  }
}

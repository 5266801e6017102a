import type { PathValue } from "../analysis/site.ts";
import { normalize } from "../analysis/staging.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import { wordsOf } from "../tiers/evidence.ts";
import { javascript } from "./grammar.ts";

const ofFiles =
  /^(files?|filename|json|yaml|yml|toml|conf|cfg|config|settings|manifest|lockfile|dotenv|license|readme|changelog|\w+ignore)$/;
const ofFolders =
  /^(dirs?|directory|directories|folders?|root|home|modules|templates?|public|assets|static|dist|build|skeleton|workspace|repo|site)$/;
/** Calls whose path is one file's. */
const onFiles =
  /^(readFile|readJson|readJSON|writeFile|writeJson|writeJSON|outputFile|outputJson|outputJSON|appendFile|copyFile|createReadStream|createWriteStream)(Sync)?$/;

interface End {
  readonly node: SyntaxNode | null;
  readonly value: PathValue | null;
}

/**
 * Whether a copy that may be one of a whole folder (`copy` of fs-extra) is one of a file: one of its ends has an extension or
 * is called so, or the code around reads or writes what goes by the same name as a file. Where nothing says anything, it is a folder's.
 */
export function copiesFile(root: SyntaxNode, ends: readonly End[]): boolean {
  if (ends.some(({ value }) => /[^/.>]\.[a-z]\w{0,7}$|>\.[a-z]\w{0,7}$/i.test(value?.text ?? ""))) return true;
  const words = ends.flatMap(({ node, value }) => {
    const plain = node === null ? null : javascript.unwrap(node);
    const own = plain !== null && /^(identifier|member_expression)$/.test(plain.kind) ? javascript.lastName(plain) : "";
    // `resolve(folder, schemaFile)`
    return wordsOf(`${own} ${/[^/]*$/.exec(value?.text ?? "")?.[0] ?? ""}`);
  });
  if (words.some((word) => ofFolders.test(word))) return false;
  if (words.some((word) => ofFiles.test(word))) return true;
  const spelled = new Set(ends.map(({ node }) => (node === null ? "" : normalize(node.text))));
  return root.findAll(["call_expression"]).some((one) => {
    const [first] = operands(one.field("arguments") ?? one);
    const name = javascript.lastName(one.field("function") ?? one);
    return first !== undefined && onFiles.test(name) && spelled.has(normalize(first.text));
  });
}

import type { Definitions } from "../analysis/definitions.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands, within } from "../engine/index.ts";
import type { Arguments } from "./grammar.ts";
import { argumentsOf } from "./grammar.ts";
import type { Imports } from "./imports.ts";
import { libraryMention, libraryNames } from "./libraries.ts";

const names =
  "open|write_text|write_bytes|copy|copy2|copyfile|ZipFile|TarFile|GzipFile|BZ2File|LZMAFile|FileIO|open_file|FileHandler|urlretrieve|rename|renames|replace|move|link|unlink|remove|atomic_open|atomic_write_text|atomic_write_bytes";
/** Functions that take the path first and the mode second. */
export const pathThenMode =
  /^(open|(io|codecs|gzip|bz2|lzma|aiofiles|builtins|tarfile|wave)\.open|anyio\.open_file|zipfile\.ZipFile|tarfile\.TarFile|gzip\.GzipFile|bz2\.BZ2File|lzma\.LZMAFile|io\.FileIO|aiofiles\.threadpool\.open|xopen\.xopen|smart_open\.open)$/;
/** What calls a function that it is handed with what follows: in another thread, later, or again. */
const runners =
  /^(to_thread|run_in_executor|submit|run_sync|partial|apply|apply_async|call_soon|call_later|start_soon|run_in_threadpool|deferToThread|\w*executor_job|\w*_thread|\w*retry)$/;

/** One call of interest, with what its names stand for. */
export interface Call {
  readonly node: SyntaxNode;
  readonly callee: SyntaxNode;
  readonly name: string;
  readonly given: Arguments;
  /** The callee is the function's own name, not another one for it, and is called right here. */
  readonly direct: boolean;
}

/** A function that is not called where it is named: `self._open = gzip.open if packed else open`. */
interface Reference {
  readonly leaf: SyntaxNode;
  readonly name: string;
}

export function callsOf(root: SyntaxNode, imports: Imports, definitions: Definitions): Call[] {
  const calls: Call[] = [];
  const references: Reference[] = [];
  const libraries = libraryMention.test(root.text) ? libraryNames : [];
  const pattern = new RegExp(`^(${[names, ...libraries, ...imports.aliases()].join("|")})$`);
  for (const leaf of root.findAll(["identifier"], pattern)) {
    const callee = calleeAt(leaf);
    const name = imports.qualify(callee);
    if (name === null) continue;
    const node = callee.parent();
    if (node !== null && isCallOf(node, callee)) {
      calls.push({ node, callee, name, given: argumentsOf(node), direct: true });
      continue;
    }
    const handed = node?.kind === "argument_list" ? handedOver(node, callee, name) : null;
    if (handed !== null) calls.push(handed);
    else if (pathThenMode.test(name) || /^shutil\.copy(2|file)?$/.test(name)) references.push({ leaf, name });
  }
  return [...calls, ...callsByAlias(root, references, definitions)].sort((a, b) => a.node.start - b.node.start);
}

/** The whole `a.b.c` of its last part. */
function calleeAt(leaf: SyntaxNode): SyntaxNode {
  const holder = leaf.parent();
  return holder?.kind === "attribute" && holder.field("attribute")?.start === leaf.start ? holder : leaf;
}

function isCallOf(node: SyntaxNode, callee: SyntaxNode): boolean {
  return node.kind === "call" && node.start === callee.start && node.field("function")?.end === callee.end;
}

/** `asyncio.to_thread(path.write_text, text)`, `loop.run_in_executor(None, shutil.copy, a, b)` */
function handedOver(list: SyntaxNode, callee: SyntaxNode, name: string): Call | null {
  const node = list.parent();
  const runner = node?.kind === "call" ? node.field("function") : null;
  if (!node || !runner || !runners.test(runner.text.slice(runner.text.lastIndexOf(".") + 1))) return null;
  const all = argumentsOf(node);
  const at = all.positional.findIndex((one) => one.start === callee.start);
  const given = { positional: all.positional.slice(at + 1), keyword: (key: string) => all.keyword(key) };
  return at === -1 ? null : { node, callee, name, given, direct: false };
}

function callsByAlias(root: SyntaxNode, references: readonly Reference[], definitions: Definitions): Call[] {
  const aliases = new Set(references.map(({ leaf }) => aliasSetTo(leaf)).filter((alias) => alias !== null));
  return [...aliases].flatMap((alias) => {
    const last = alias.slice(alias.lastIndexOf(".") + 1);
    return root.findAll(["identifier"], new RegExp(`^${last}$`)).flatMap((leaf): Call[] => {
      const callee = calleeAt(leaf);
      const node = callee.parent();
      if (callee.text !== alias || node === null || !isCallOf(node, callee)) return [];
      const origin = definitions.origin(alias, callee);
      const values = origin.kind === "values" ? origin.values : origin.kind === "parameter" ? [origin.fallback] : [];
      const meant = references.find((one) => values.some((value) => value !== null && within(one.leaf, value)));
      return meant === undefined ? [] : [{ node, callee, name: meant.name, given: argumentsOf(node), direct: false }];
    });
  });
}

/** The name that a function is put under, where nothing is done to it on the way. */
function aliasSetTo(leaf: SyntaxNode): string | null {
  const value = calleeAt(leaf);
  const holder = ancestor(
    value,
    ({ kind }) => !/^(conditional_expression|boolean_operator|parenthesized_expression)$/.test(kind),
  );
  if (holder === null || !/^(assignment|default_parameter|typed_default_parameter)$/.test(holder.kind)) return null;
  const target = holder.field("left") ?? holder.field("name") ?? operands(holder)[0];
  return target && target.end <= value.start && /^[\w.]+$/.test(target.text) ? target.text : null;
}

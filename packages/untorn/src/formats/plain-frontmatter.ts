/**
 * Frontmatter as nearly everybody writes it: one `key: value` to a line, lists of words, one level of members or items below a key.
 * Whoever reads a whole folder can tell such lines without the YAML reader, which costs more than all the rest of the look.
 * Everything that could mean something to YAML (quotes in the middle, anchors, tags, block texts, a colon and a space) is left to it.
 */

/** What is safe in a value that is not quoted: printable, and no line break of any YAML version. */
const safe = String.raw`[\x21-\x7e\u00a1-\u2027\u202a-\ud7ff\u{10000}-\u{10ffff}]`;
/** Words that begin with a letter, a digit or a sign without a meaning; no `: `, no ` #`, no colon at the end (YAML 1.2, 7.3.3). */
const words = String.raw`(?:[\p{L}\p{Nd}_/(.$+]|-(?=[\p{L}\p{Nd}]))(?:(?!:(?: |$)| #)(?:${safe}| ))*`;
const quoted = String.raw`"[^"\\\x00-\x1f\x7f-\x9f\u2028\u2029]*"|'(?:[^'\x00-\x1f\x7f-\x9f\u2028\u2029]|'')*'`;
/** In `[...]`, commas and brackets mean something as well (7.3.3, "inside flow collections"), and a line of dashes is a list. */
const element = String.raw`(?:[A-Za-z0-9_](?:[\w ./@+-]*[\w./@+-])?|"[\w ./@+:-]*"|'[\w ./@+:-]*')`;
const value = new RegExp(`^(?:${words}|${quoted}|\\[ ?(?:${element}(?:, ?${element})* ?)?\\]) *$`, "u");
const member = /^([A-Za-z_][\w-]{0,100}):(?: +(\S.*)| *)$/;
/** As keys these are no text to YAML, and two spellings of one are the same key. */
const noName = /^(?:null|true|false)$/i;

/** What stands below a key without a value. */
interface Below {
  readonly indent: number;
  /** The keys, or `undefined` for the items of a list. */
  readonly keys: Set<string> | undefined;
}

/**
 * Whether a text that begins with a line of dashes has a frontmatter that is whole beyond doubt. `false` only says that somebody has
 * to look closer.
 */
export function isPlainFrontmatter(text: string): boolean {
  const keys = new Set<string>();
  let below: Below | undefined;
  let open = false;
  let start = text.indexOf("\n") + 1;
  if (!/^---\r?\n$/.test(text.slice(0, start))) return false;
  for (;;) {
    const end = text.indexOf("\n", start);
    if (end === -1) return false;
    const line = text.slice(start, text.charCodeAt(end - 1) === 13 ? end - 1 : end);
    start = end + 1;
    if (line === "---") return true;
    if (line === "") continue;
    if (line.startsWith("#")) {
      if (/[^\x20-\x7e\u00a1-\u2027\u202a-\ud7ff]/.test(line)) return false;
      continue;
    }
    const indent = line.length - line.trimStart().length;
    const rest = line.slice(indent);
    const item = rest.startsWith("- ");
    if (indent === 0 && !item) {
      below = undefined;
      const found = takeMember(rest, keys);
      if (found === undefined) return false;
      open = found === "open";
      continue;
    }
    if (!open || /[^ ]/.test(line.slice(0, indent))) return false;
    below ??= { indent, keys: item ? undefined : new Set() };
    if (below.indent !== indent || item !== (below.keys === undefined)) return false;
    if (below.keys === undefined ? !isValue(rest.slice(2).trimStart()) : takeMember(rest, below.keys) !== "valued")
      return false;
  }
}

function isValue(text: string): boolean {
  return value.test(text);
}

/** `undefined`: nothing that could be told here. */
function takeMember(line: string, keys: Set<string>): "open" | "valued" | undefined {
  const match = member.exec(line);
  const [, key = "", text] = match ?? [];
  if (match === null || noName.test(key) || keys.has(key)) return undefined;
  keys.add(key);
  if (text === undefined) return "open";
  return isValue(text) ? "valued" : undefined;
}

import type { SyntaxNode } from "../engine/index.ts";
import type { Command } from "./commands.ts";
import { splitWords } from "./commands.ts";

/** Where a command puts its output, by its own options. */
export interface Output {
  /** Null where the name is not on the command line (`curl -O`). */
  readonly target: SyntaxNode | null;
  readonly source: SyntaxNode | null;
  readonly append: boolean;
  readonly exclusive: boolean;
  readonly directory: boolean;
}

const plain = { source: null, append: false, exclusive: false, directory: false };

/** The file a command writes, or null if it writes none (or only by renaming: `mv`, `sed -i`). */
export function targetsOf(command: Command): Output | null {
  switch (command.name) {
    case "cp":
      return copied(command);
    case "install":
      return installed(command);
    case "tee":
      return teed(command);
    case "dd":
      return dumped(command);
    case "untorn_write":
      return helped(command);
    case "sort":
      return byOption(command, /^(-o|--output)$/, /^(-o|--output|-k|-t|-S|-T|--key)$/);
    case "curl":
      return fetched(command);
    case "wget":
      return byOption(command, /^(-O|--output-document)$/, /^(-O|--output-document|-o|-P|-U|-T|-t|--header|-a|-i|-e)$/);
    default:
      return null;
  }
}

/** `untorn_write [-e] FILE COMMAND ...` */
function helped({ words }: Command): Output | null {
  const target = words.find((word) => word.text !== "-e");
  return target === undefined ? null : { ...plain, target };
}

function copied(command: Command): Output | null {
  const { options, rest } = splitWords(command.words, /^(-t|-S|--target-directory|--suffix)$/);
  const folder = options.get("-t") ?? options.get("--target-directory") ?? null;
  const target = folder ?? rest.at(-1);
  // `cp file{,.bak}` names both in one word.
  const both = rest.length === 1 && /\{,[^{},]+\}$/.test(rest[0]?.text ?? "");
  if (target === undefined || (folder === null && rest.length < 2 && !both)) return null;
  if (["-l", "-s", "--link", "--symbolic-link"].some((name) => options.has(name))) return null;
  const whole = ["-r", "-R", "-a", "--recursive", "--archive"].some((name) => options.has(name));
  const directory = whole && !(isFileName(rest[0]) && isFileName(rest.at(-1)));
  const exclusive = options.has("-n") || options.has("--no-clobber");
  return { target, source: rest[0] ?? null, append: false, exclusive, directory };
}

/** Whether a word ends with a name that has an extension: `cp -a` is used for its attributes, too. */
function isFileName(word: SyntaxNode | undefined): boolean {
  return /\/?[^/*?\s]*\w\.[A-Za-z]\w{0,9}["']?$/.test(word?.text ?? "");
}

function installed(command: Command): Output | null {
  const { options, rest } = splitWords(command.words, /^(-m|-o|-g|-t|-S|--mode|--owner|--group|--target-directory)$/);
  if (options.has("-d") || options.has("--directory")) return null;
  const folder = options.get("-t") ?? options.get("--target-directory") ?? null;
  const target = folder ?? rest.at(-1);
  if (target === undefined || (folder === null && rest.length < 2)) return null;
  return { ...plain, target, source: rest[0] ?? null };
}

function teed(command: Command): Output | null {
  const { options, rest } = splitWords(command.words, /^$/);
  const target = rest.find((word) => word.kind !== "process_substitution");
  return target === undefined ? null : { ...plain, target, append: options.has("-a") || options.has("--append") };
}

function dumped(command: Command): Output | null {
  const word = command.words.find((one) => one.text.startsWith("of="));
  if (word === undefined) return null;
  // `of="$f"` is one word; its last part is the path, or the word itself where it is all literal.
  const target = word.kind === "concatenation" ? (word.children().at(-1) ?? word) : word;
  // An image is written to a disk, not to a file.
  if (
    word.text.startsWith("of=/dev/") ||
    /^of="?\$\{?\w*(dev(ice)?|DEV(ICE)?|disk|DISK|drive|DRIVE)\}?"?$/.test(word.text)
  )
    return null;
  return { ...plain, target };
}

function byOption(command: Command, wanted: RegExp, valued: RegExp): Output | null {
  const { options } = splitWords(command.words, valued);
  for (const [name, value] of options) {
    if (!wanted.test(name) || value === null) continue;
    // `-O-`, `-fsSLo-` and `--output=-` write to standard output.
    if (/^-{0,2}[\w-]*[=Oo]-$|^(["']?)-\1$/.test(value.text)) return null;
    return { ...plain, target: value };
  }
  return null;
}

const curlValued =
  /^(-o|--output|-H|--header|-d|--data|--data-binary|--data-raw|--data-urlencode|-X|--request|-u|--user|-A|-e|-F|-b|-c|-w|--write-out|-m|--max-time|--connect-timeout|--retry|--retry-delay|-x|--proxy|-T|-K|-E|--cacert|--cert|--key|-C|-r|-t|-Q|-z|-D|--resolve|--interface)$/;

function fetched(command: Command): Output | null {
  const { options } = splitWords(command.words, curlValued);
  const named = byOption(command, /^(-o|--output)$/, curlValued);
  if (named !== null) return named;
  return options.has("-O") || options.has("--remote-name") ? { ...plain, target: null } : null;
}

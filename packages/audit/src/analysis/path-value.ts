import type { PathValue } from "./site.ts";

/** Names of folders that are, by every convention, below the system's temp folder. */
const temporaryFolderName =
  /^_*(os)?_?te?mp(orary)?_*(dir|directory|folder|root|base)(_*(path|name))?$|te?mp(orary)?_?dir(ectory)?(path|name)?$/i;

/** Functions that hand out a temp folder or a temp file. */
const temporaryMaker =
  /^(os_?)?te?mp_?dir$|^mk_?d?te?mp(?!l)|^mk_?s?temp(?!l)|(mk|make|create|new|get|with|alloc(ate)?)_?(a_?)?(te?mp|temporary)_?(dir|directory|folder|file|path|workspace)|te?mporary_?(dir|file|path)/i;

const temporaryLiteral = /^(\/private)?\/(var\/)?tmp(\/|$)/;

/** Calls that answer with the system's own temp folder. */
const systemFolder = /^tmpdir$|^gettempdirb?$/;

export const unknownPath: PathValue = { text: "", temporary: false, elsewhere: false, names: [] };

export function literalPath(text: string): PathValue {
  const temporary = temporaryLiteral.test(text);
  return { text, temporary, elsewhere: temporary, names: [] };
}

/** A name whose value is not known: its spelling is all there is. */
export function namedPath(name: string): PathValue {
  const last = name.slice(name.lastIndexOf(".") + 1);
  return { text: `<${name}>`, temporary: temporaryFolderName.test(last), elsewhere: false, names: [name] };
}

/** A call whose result is not known. */
export function calledPath(callee: string): PathValue {
  const last = callee.slice(callee.lastIndexOf(".") + 1);
  const temporary = temporaryMaker.test(last);
  return { text: `<${callee}>`, temporary, elsewhere: systemFolder.test(last), names: [callee] };
}

/** Parts put one after the other; what begins in the temp folder stays there. */
export function joined(all: readonly PathValue[], separator: string): PathValue {
  const text = all.map((part) => part.text).join(separator);
  // `"$root/tmp/x"`: the `/tmp` is not the system's where something stands in front of it.
  const parts = all.map((part, index) =>
    separator === "" && index > 0 && part.names.length === 0 && text !== part.text
      ? { ...part, temporary: false, elsewhere: false }
      : part,
  );
  return {
    text: separator === "/" ? text.replace(/\/{2,}/g, "/") : text,
    temporary: parts.some((part) => part.temporary) || temporaryLiteral.test(text),
    elsewhere: parts.some((part) => part.elsewhere) || temporaryLiteral.test(text),
    names: parts.toReversed().flatMap((part) => part.names),
  };
}

/** One of several; `every` asks all of them to be temporary, else one is enough. */
export function oneOf(parts: readonly PathValue[], every: boolean): PathValue {
  const [first] = parts;
  if (first === undefined) return unknownPath;
  // A device or a temp file among others decides nothing: `dryRun ? "/dev/null" : out` is a file.
  const files = parts.filter((part) => !isDevicePath(part.text));
  const real = files.filter((part) => !(every && part.temporary));
  // The most telling alternative stands for all: the one with the most literal text.
  const [one = first, ...others] = [real, files].find((some) => some.length > 0) ?? parts;
  const telling = others.reduce((best, part) => (literalLength(part) > literalLength(best) ? part : best), one);
  return {
    text: telling.text,
    temporary: every ? files.length > 0 && files.every((part) => part.temporary) : parts.some((part) => part.temporary),
    elsewhere: every && parts.every((part) => part.elsewhere),
    maybeDevice: parts.some((part) => part.maybeDevice === true || isDevicePath(part.text)),
    names: parts.flatMap((part) => part.names),
  };
}

/** A name in front of what it stands for, so that both can be asked about. */
export function under(name: string, value: PathValue): PathValue {
  return { ...value, names: [name, ...value.names] };
}

/** A function that gives a path another spelling: `syspath(path)`, `toPosixPath(path)`. */
export function isSpelling(name: string): boolean {
  return /^(to|as|normali[sz]e|clean|expand|escape|sys|win(dows)?|long|posix|fs|native|bytestring|unc)_?\w*path$|^expand_?(home|user|tilde)$/i.test(
    name,
  );
}

/** Not a file at all: a device (also as `os.devnull`), or a descriptor shown as a path. */
export function isDevicePath(text: string): boolean {
  return /^\/(dev|proc|sys)(\/|$)|^<(\w+\.)?dev[nN]ull>$|^<\w*(tty|TTY)>$/.test(text);
}

/** A name that says "not the final file": `tmpPath`, `stagedFile`, `partial`. */
export function soundsStaged(name: string): boolean {
  // `TMP_FILE`, `TMPFILE`
  const spelled = /^[A-Z\d_]*TE?MP[A-Z\d_]*$/.test(name) ? name.toLowerCase() : name;
  return /(^|[._])(te?mp|temporary|stag(ed|ing)|partial)(?![a-z])|(^|[._])te?mp(file|path|name|dir|out)|(Te?mp|Temporary|Staged|Staging|_te?mp|_temporary)(File|Path|Name|_file|_path|_name)?\d*$/.test(
    spelled,
  );
}

function literalLength(value: PathValue): number {
  return value.text.replace(/<[^<>]*>/g, "").length;
}

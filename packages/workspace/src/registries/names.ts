import { inputRefused } from "../ground/index.ts";

/** Names that Windows keeps for devices, and those that a registry keeps for itself. */
const reserved = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|index|history)(?:\.|$)/i;

/** Long enough for any name, and with an extension within the 255 bytes of a file's name. */
const longest = 120;

/** Refuses a name that would leave the folder, is not one file's name everywhere, or is reserved. */
export function checkName(name: string): void {
  const problem = nameProblem(name);
  if (problem !== undefined) throw inputRefused(JSON.stringify(name), problem);
}

export function nameProblem(name: string): string | undefined {
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_. -]*$/u.test(name)) {
    return "a name has letters, digits, and _ - . or spaces inside";
  }
  if (/[. ]$/.test(name)) return "a name does not end with a dot or a space";
  if (name.normalize("NFC") !== name) return "a name is in Unicode's normal form C";
  if (Buffer.byteLength(name) > longest) return `a name has at most ${longest} bytes`;
  return reserved.test(name) ? "the name is reserved" : undefined;
}

/** Equal for names that some file system takes for one. */
export function foldName(name: string): string {
  return name.normalize("NFKC").toUpperCase().toLowerCase();
}

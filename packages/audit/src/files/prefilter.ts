import type { Family } from "../engine/index.ts";

/** One look at the text tells whether a parse can find anything; most files of most projects write nothing. */
const tokens: Readonly<Record<Family, RegExp>> = {
  javascript:
    /writeFile|writeTextFile|createWriteStream|copyFile|outputFile|(write|output)J(son|SON)\b|Bun\.(write|file)|Deno\.(open|create)|\b(open|cp|copy)(Sync)?\b\s*\(|fs\b/,
  python:
    /open\s*\(|open_file|write_text|write_bytes|\bcopy(2|file)?\s*\(|(Zip|Tar|GZip|Gzip|BZ2|LZMA)File|FileIO|FileHandler|urlretrieve/,
  bash: />|\b(cp|install|tee|dd|sort|curl|wget)\b/,
};

export function mayWrite(family: Family, text: string): boolean {
  return tokens[family].test(text);
}

import type { Family } from "../engine/index.ts";

/** A file that names one of these is parsed. */
const writes: Readonly<Record<Family, RegExp>> = {
  javascript:
    /writeFile|writeTextFile|createWriteStream|copyFile|output(File|J)|writeJ(son|SON)|Bun\.(write|file)|Deno\.(open|create)|\bcp(Sync)?\s*\(/,
  python:
    /write_text|write_bytes|shutil|FileHandler|urlretrieve|O_(TRUNC|CREAT)|\b(np|numpy|torch|joblib)\.(save|dump)|from\s+(numpy|torch|joblib|safetensors)\b|\b(save_file|write_table)\(|\.(to|write)_(csv|parquet|pickle|excel|feather|json|html|xml|markdown|ndjson)\s*\(/,
  bash: /(^|[^\d&>=-]|\b1|&)>\|?[ \t]*(?![&>(\s]|\/dev\/)|\b(cp|tee|touch|untorn_write)\b|\bof=|\bsed\b[^\n]{0,100}?\s(-\w{0,20}i|--in-place)|\bsort\b[^\n]{0,300}?\s-\w{0,20}o|(^|[;&|(]|\bsudo|\bthen|\bdo|\belse)[ \t]*install\s|\binstall[ \t]+(-\w*[Dmogbpt]\w*|--(mode|owner|group|backup))\b|\b(curl|wget)\b[\s\S]{0,600}?\s--?(\w*[oO]\b|output)/m,
};

/** Words that open a file to write it only together with something else: a module, or a mode. */
const opens: Readonly<Record<Family, readonly RegExp[]>> = {
  javascript: [
    /\b(open|copy|move|rename)(Sync)?\s*\(/,
    /["'](node:)?(fs|fs\/promises|fs-extra|graceful-fs|mz\/fs)["']/,
  ],
  python: [
    /open\w*\s*\(|(Zip|Tar|Gzip|BZ2|LZMA)File|FileIO/,
    /["']([bt]?[wx][bt]?\+?[bt]?|[bt]?r[bt]?\+[bt]?)(:\w*)?["']/,
  ],
  bash: [/$^/],
};

/** One look at the text tells whether a parse can find anything; most files of most projects write nothing. */
export function mayWrite(family: Family, text: string): boolean {
  return writes[family].test(text) || opens[family].every((pattern) => pattern.test(text));
}

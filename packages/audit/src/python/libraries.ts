import type { SyntaxNode } from "../engine/index.ts";
import type { Arguments } from "./grammar.ts";

/** Functions of well-known libraries that write a file in place, by their full names: the path first, or second. */
const byName: Readonly<Record<string, 0 | 1>> = {
  "numpy.save": 0,
  "numpy.savez": 0,
  "numpy.savez_compressed": 0,
  "numpy.savetxt": 0,
  "torch.save": 1,
  "joblib.dump": 1,
  "safetensors.torch.save_file": 1,
  "safetensors.numpy.save_file": 1,
  "pyarrow.parquet.write_table": 1,
};

/** Methods of data frames; other classes have methods of these names, so only where a file imports a library of frames. */
const ofFrames = /^\.(to|write)_(csv|parquet|pickle|excel|feather)$/;
/** Of other classes, too, and often for the text: only where what is passed looks like a path. */
const sometimes = /^\.(to|write)_(json|html|xml|markdown|ndjson)$/;
const looksLikePath = /path|file|name|dest|target|out|["'/]/i;
const framesImported = /^[ \t]*(import|from)[ \t]+(pandas|polars|geopandas|dask|modin)\b/m;

/** Last names of all of them. */
export const libraryNames: readonly string[] = [
  ...Object.keys(byName).map((name) => name.slice(name.indexOf(".") + 1)),
  ...["csv", "parquet", "pickle", "excel", "feather", "json", "html", "xml", "markdown", "ndjson"].flatMap((format) => [
    `to_${format}`,
    `write_${format}`,
  ]),
];

/** A file that names one of these is parsed. */
export const libraryMention =
  /\b(np|numpy|torch|joblib)\.(save|dump)|from\s+(numpy|torch|joblib|safetensors)\b|\b(save_file|write_table)\(|\.(to|write)_(csv|parquet|pickle|excel|feather|json|html|xml|markdown|ndjson)\s*\(/;

/** The path that a call of a library writes, or null where it writes none (`frame.to_csv()` answers with a text). */
export function libraryTarget(name: string, given: Arguments, text: string): SyntaxNode | null {
  const at = Object.hasOwn(byName, name) ? byName[name] : undefined;
  if (at !== undefined) {
    const keyword = given.keyword(at === 0 ? "file" : name === "torch.save" ? "f" : "filename");
    return given.positional[at] ?? keyword ?? given.keyword("fname");
  }
  if (!framesImported.test(text)) return null;
  if (sometimes.test(name)) {
    const path = given.positional[0] ?? given.keyword("path_or_buf");
    return path !== null && path !== undefined && looksLikePath.test(path.text) ? path : null;
  }
  if (!ofFrames.test(name)) return null;
  return (
    given.positional[0] ??
    given.keyword("file") ??
    given.keyword("path_or_buf") ??
    given.keyword("path") ??
    given.keyword("excel_writer")
  );
}

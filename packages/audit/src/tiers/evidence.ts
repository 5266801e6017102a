import type { WriteSite } from "../analysis/site.ts";
import { byExtension } from "./vocabulary.ts";

/** What a tier is judged by, in the order of its weight. */
export interface Evidence {
  /** The last part of the path, with `<name>` for what is not known. */
  readonly base: string;
  /** The extension of the path, if it is known: `json`. */
  readonly extension: string;
  readonly path: string;
  /** Names the path went through, nearest first. */
  readonly names: readonly string[];
  readonly data: string;
  /** How what a name stands for that is written begins. */
  readonly made: readonly string[];
  readonly owners: readonly string[];
  readonly file: string;
  readonly mode: string;
  /** The last part of the path without what is not known. */
  readonly literal: string;
  /** The last part of the path a copy comes from. */
  readonly sourceBase: string;
}

export function evidenceOf(site: WriteSite, file: string): Evidence {
  const path = site.value.text.replace(/\/(\.\.|\.)?$/, "/");
  const base = lastOf(path);
  // `.toolrc` is a name, not an extension; `<name>.json` has one.
  const hidden = /^\.[\w-]+$/.test(base) && byExtension(base.slice(1)) === null;
  const named = hidden ? base.slice(1) : base.replace(/<[^<>]*>/g, "");
  const extension =
    /\.([a-z0-9]{1,11})(?:\.(?:bak|backup|old|orig|tmp|example|sample))*$/i.exec(named)?.[1] ?? implied(site.api);
  return {
    base,
    extension: extension.toLowerCase(),
    path,
    names: site.value.names,
    data: site.data?.text.slice(0, 400) ?? "",
    made: (site.dataFrom ?? []).map((node) => node.text.slice(0, 80)),
    owners: site.owners,
    file,
    mode: site.mode ?? "",
    literal: base.replace(/<[^<>]*>/g, ""),
    sourceBase: lastOf(site.source?.text ?? "").replace(/<[^<>]*>/g, ""),
  };
}

/** The format that a call writes whatever its path is called. */
function implied(api: string): string {
  const format = /^\.(?:to|write)_(csv|excel|html|markdown)$/.exec(api)?.[1];
  return format === "excel" ? "xlsx" : (format ?? "");
}

/** `saveAgentState` as words: `save agent state`. */
export function wordsOf(text: string): string[] {
  return text
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== "");
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

import type { WriteSite } from "../analysis/site.ts";
import type { Tier } from "../finding.ts";
import type { Evidence } from "./evidence.ts";
import { evidenceOf, wordsOf } from "./evidence.ts";
import { byExtension, byName, isBackup, vocabulary } from "./vocabulary.ts";

/** Judges how much a torn file would cost, from what the code says about it. */
export function tierOf(site: WriteSite, file: string): Tier {
  const evidence = evidenceOf(site, file);
  return (
    fromSecret(evidence) ??
    fromCache(evidence) ??
    fromWellKnown(evidence) ??
    fromProgram(evidence) ??
    fromExtension(evidence) ??
    fromBase(evidence) ??
    fromNames(evidence.names) ??
    fromPathFolder(evidence) ??
    fromOwners(evidence) ??
    fromFolders(evidence.file) ??
    (evidence.names.some((name) => isBackup(wordsOf(lastPart(name)))) ? "medium" : "high")
  );
}

/** A file that only its owner may read holds a secret. */
function fromSecret({ mode, names, base }: Evidence): Tier | null {
  if (/^0o?[46]00$/.test(mode)) return "critical";
  return /credential|secret|access_?token|auth_?token|passw|api_?key|priv(ate)?_?key|cert_?key|fullchain|authorized_keys|known_hosts|\bid_(rsa|ed25519|ecdsa)\b/i.test(
    `${base} ${names[0] ?? ""}`,
  )
    ? "critical"
    : null;
}

/** What a cache loses is made again: by the name of the file or of the folder it is in. */
function fromCache({ path, names, literal, extension, sourceBase }: Evidence): Tier | null {
  if (byExtension(extension) === "high" || /histor|session|state|setting|config|queue/i.test(literal)) return null;
  // By its `~` whoever wrote it throws it away; only a copy is worth what it was copied from.
  if (/[^/~]~$/.test(literal) && sourceBase === "") return "medium";
  const folder = path.split("/").slice(0, -1).some(holdsCache);
  const said = [literal, ...names.slice(0, 2).map(lastPart)].some((name) =>
    wordsOf(name).some((word) => /^cached?$/.test(word)),
  );
  return folder || said ? "medium" : null;
}

/** `.cache`, `completion_cache`, `$cache_dir`: a folder's name ends in what it holds. */
function holdsCache(folder: string): boolean {
  const words = wordsOf(folder).filter((word) => !/^(dir|directory|folder|path|root|home|base)$/.test(word));
  return /^caches?$/.test(words.at(-1) ?? "");
}

function fromWellKnown({ literal, sourceBase }: Evidence): Tier | null {
  return byName(literal) ?? (literal === "" ? byName(sourceBase) : null);
}

/** Something that is run: it begins with `#!`, or goes where programs are, or may be executed. */
function fromProgram({ data, path, mode }: Evidence): Tier | null {
  if (/^0o?7\d\d$/.test(mode)) return "high";
  if (/(^|\n|['"`])#!\//.test(data)) return "high";
  return /\/bin\/[^/]*$/.test(path) ? "high" : null;
}

function fromExtension(evidence: Evidence): Tier | null {
  const { extension, data, made } = evidence;
  const kind = byExtension(extension);
  const structured = isStructured(data) || made.some((text) => serialised.test(text));
  if (kind === "data" || (kind === null && structured)) return fromDataFile(evidence);
  // A text per record, named by its id, is a database in a folder.
  if (kind === "medium" && /^(md|txt|markdown)$/.test(extension))
    return isRecord(evidence) || isPlainState(evidence) ? "critical" : "medium";
  return kind;
}

/** `queue.txt`: a list that a program reads back, in the simplest format there is. */
function isPlainState({ extension, literal }: Evidence): boolean {
  return extension === "txt" && vocabulary(wordsOf(literal.replace(/\.\w+$/, "")), "strong") === "critical";
}

function isRecord({ names, literal, owners, file }: Evidence): boolean {
  const byId = names.slice(0, 6).some((name) => /(^|[._])id$|[a-z]Id$/.test(name));
  const made = [...owners, file].some((name) => /generat|export|report|render/i.test(name));
  return byId && !made && vocabulary(wordsOf(literal.replace(/\.\w+$/, ""))) !== "medium";
}

/** JSON and its like: state, unless a name says that it was produced; a name with a time in it was. */
function fromDataFile({ literal, names, path }: Evidence): Tier {
  const words = wordsOf(literal);
  const own = vocabulary(words, "strong");
  if (own !== null) return own;
  for (const name of names.slice(0, 3)) {
    const said = vocabulary(wordsOf(lastPart(name)), "strong");
    if (said !== null) return said;
  }
  const timed = names.some((name) => /strftime|Date\.now|isoformat|toISOString|timestamp|^date$/i.test(name));
  if (timed || isBackup(words)) return vocabulary(wordsOf(path), "strong") ?? "medium";
  if (names.slice(3, 6).some((name) => vocabulary(wordsOf(lastPart(name)), "strong") === "medium")) return "medium";
  // `reports/<id>.json`
  const folder = /(?<![^/<>])([^/<>]+)\/[^/]*$/.exec(path)?.[1];
  return (folder === undefined ? null : vocabulary(wordsOf(folder), "strong")) ?? "critical";
}

function fromBase({ literal, base, sourceBase, extension, path }: Evidence): Tier | null {
  if (path.startsWith("/etc/")) return "critical";
  // `machine-id`, `.installation_id`
  if (/(^|[._-])(uu|gu)?id$/i.test(literal)) return "critical";
  // A hidden file without an extension is state or configuration of some tool.
  if (/^\.[\w-]+$/.test(base) && extension === "") return "critical";
  const own = vocabulary(wordsOf(literal), isBackup(wordsOf(literal)) ? "strong" : "any");
  if (own !== null || sourceBase === "") return own;
  if (/^\.[\w-]+$/.test(sourceBase)) return "critical";
  const ending = /\.([a-z0-9]+)$/i.exec(sourceBase)?.[1]?.toLowerCase() ?? "";
  const kind = byExtension(ending);
  return kind === "data"
    ? (vocabulary(wordsOf(sourceBase), "strong") ?? "critical")
    : (kind ?? vocabulary(wordsOf(sourceBase)));
}

/** The nearest names first. The name of a folder says what lies around the file, not what it is: it must be clear. */
function fromNames(names: readonly string[]): Tier | null {
  for (const name of names.slice(0, 5)) {
    const words = wordsOf(lastPart(name));
    const folder = words.some((word) => /^(dir|directory|root|folder|home|base)$/.test(word));
    const tier = vocabulary(words, folder || isBackup(words) ? "strong" : "any");
    if (tier !== null) return tier;
  }
  // `milestoneMatch.filepath`: where the last part says nothing, what it is a part of may.
  for (const name of names.slice(0, 3)) {
    const holder = name.replace(/[[(].*$/, "").replace(/\.?[^.]*$/, "");
    const tier = /^(|this|self|options|opts|config|args|params|settings|props|context|ctx|state|process(\.env)?)$/.test(
      holder,
    )
      ? null
      : vocabulary(wordsOf(holder), "strong");
    if (tier !== null) return tier;
  }
  return null;
}

/** `images/<name>`, `settings/Dark mode`: where the name says nothing, the folder it is in may. */
function fromPathFolder({ path, literal, extension }: Evidence): Tier | null {
  const folder = /(?<![^/<>])([^/<>]+)\/[^/]*$/.exec(path)?.[1];
  return (literal !== "" && extension !== "") || folder === undefined ? null : vocabulary(wordsOf(folder), "strong");
}

/** A value that is content of that sort as a whole, and not a text with some in it. */
const serialised = /^(await\s+)?(`\$\{)?(JSON\.stringify|json\.dumps|yaml\.(safe_)?dump|(\w+\.)?(stringify|dumps))\(/i;

/** Content that a program reads back. */
function isStructured(data: string): boolean {
  return /JSON\.stringify|json\.dumps?|yaml\.(safe_)?dump|\.dump\(|(?<![\w.])(safe_)?dumps?\(|stringify\(|toml|model_dump|\.to_?json\(/i.test(
    data,
  );
}

function fromOwners({ owners, file }: Evidence): Tier | null {
  for (const owner of owners) {
    // What a function runs or handles is not what it writes.
    if (/^_?(execute|run|process|handle|perform|main|on[A-Z_]|init|setup)/.test(owner)) continue;
    const tier = vocabulary(doing(owner));
    if (tier !== null) return tier;
  }
  return vocabulary(doing(file.slice(file.lastIndexOf("/") + 1).replace(/\.\w+$/, "")));
}

/** The words of code's own name. An agent writes all sorts of files; only a file of that name is a text for one. */
function doing(name: string): string[] {
  return wordsOf(name.replace(/input_?output/i, "")).filter((word) => !/^agents?$/.test(word));
}

const keeping =
  /^(states?|stor(e|es|age)|registr(y|ies)|config|configuration|settings|db|database|sessions?|queues?|auth|secrets|credentials|persistence)$/;

/** Code in a folder that is named after state keeps state: `storage/adapters/files.ts`. */
function fromFolders(file: string): Tier | null {
  const folders = file.split("/").slice(-4, -1);
  return folders.some((folder) => wordsOf(folder).some((word) => keeping.test(word))) ? "critical" : null;
}

/** `save` of `options.save` and of `options["save"]`: what a thing is part of is not what it is. */
function lastPart(name: string): string {
  const key = /\[["']([\w.-]+)["']\]$/.exec(name)?.[1];
  if (key !== undefined) return key;
  const plain = name.replace(/[[(].*$/, "");
  return plain.slice(plain.lastIndexOf(".") + 1);
}

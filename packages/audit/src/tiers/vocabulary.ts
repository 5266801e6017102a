import type { Tier } from "../finding.ts";

/** Words that speak for state, configuration or credentials wherever they stand. */
const critical =
  /^(states?|status|config|configs|configuration|conf|cfg|settings?|preferences?|prefs|registry|registries|sessions?|stor(e|es|age)|migrat(e|ion|ions)|db|database|queues?|manifest|history|counters?|count|checkpoints?|ckpts?|progress|metadata|schema|credentials?|auth|tokens?|secrets?|dotenv|accounts?|ledger|journal|snapshots?|memory|memories|tasks?|todos?|lock|lockfile|pid|signals?|circuit|mcp|gitignore|dockerignore|dockerfile|crontab|inventory|catalog|tsconfig|packages?|polic(y|ies)|permissions?|certs?|certificates?|pem|timestamp|conversations?|threads?|chats?|drafts?|milestones?|decisions?|hash(es)?|checksum|tracker|specs?|known|allowlist|whitelist|profiles?|subscriptions?|bookmarks?|favorites|index|keyfile|keystore|keyring|wallet|cookies?)$/;
/** Words that speak for something that was produced and can be produced again. */
const produced =
  /^(logs?|logging|reports?|cache|caches|cached|out|outputs?|export|exports|exported|summary|summaries|results?|responses?|dashboard|screenshots?|images?|sprites?|thumbnails?|thumbs?|icons?|pictures?|photos?|wallpapers?|backgrounds?|videos?|sounds?|media|feeds?|rss|sitemap|gcode|trace|traces|dump|transcript|analysis|stats|statistics|metrics|benchmarks?|chart|plot|figure|downloads?|coverage|debug|preview|sample|samples|example|examples|demo|html|csv|completion_report)$/;
/** Words that speak for texts for people (or models) to read. */
const documents =
  /^(docs?|document|documents|documentation|readme|changelog|markdown|md|guides?|instructions?|notes?|agents?|prompts?|templates?|message|guidelines|rules?|skill|skills|spec|specs|plan|research|backup|backups|bak)$/;
const code =
  /^(code|scripts?|patch|patches|diff|modules?|plugins?|extension|program|binary|bin|executable|completion|library|generated|hooks?|shim|wrapper|implementation|dockerfiles)$/;

/** How much a set of words is asked to prove. */
export type Strength = "any" | "strong";

/** The tier that the words of a name speak for; the last word that says something wins, as names end in what they are. */
export function vocabulary(words: readonly string[], strength: Strength = "any"): Tier | null {
  for (const [index, word] of [...words.entries()].toReversed()) {
    const before = words[index - 1];
    if (strength === "any" && (word === "spec" || word === "specs") && words.length > 1) continue;
    // `FeedStorage`: where something is kept, and in front of it what that is.
    if (/^stor(e|es|age)$/.test(word) && before !== undefined && produced.test(before)) return "medium";
    if (critical.test(word)) return "critical";
    if (produced.test(word)) return "medium";
    if (strength === "any" && documents.test(word)) return "medium";
    if (strength === "any" && code.test(word)) return "high";
  }
  return null;
}

/** Whether the words say "a copy kept aside": such a copy matters as much as what it is a copy of. */
export function isBackup(words: readonly string[]): boolean {
  return words.some((word) => /^(backups?|bak|old|orig|original)$/.test(word));
}

const names: readonly (readonly [RegExp, Tier])[] = [
  [/^\.?(git|docker|npm|eslint|prettier)ignore$/i, "critical"],
  [/^dockerfile|^makefile$|^procfile$|^gemfile$|^docker-compose/i, "critical"],
  [/^\.[\w-]*rc(\.\w+)?$|^\.env|^\.(bash|zsh)\w*$|^\.profile$/i, "critical"],
  [/^(package|package-lock|tsconfig|packages?|settings|config|state|manifest)\b.*\.json$/i, "critical"],
  [/state\.md$|^memory\.md$/i, "critical"],
  [/^@?(readme|changelog|license|contributing|agents?|claude|gemini|prompt)\b.*\.(md|txt|rst)$/i, "medium"],
];

/** The tier of a well-known file name. */
export function byName(base: string): Tier | null {
  for (const [pattern, tier] of names) if (pattern.test(base)) return tier;
  return null;
}

const kinds: readonly (readonly [Tier | "data", string])[] = [
  [
    "data",
    "json jsonc json5 jsonl ndjson yaml yml toml ini cfg conf xml plist properties pkl pickle npz npy pt pth ckpt safetensors joblib h5 hdf5 onnx parquet feather",
  ],
  [
    "critical",
    "pem key crt cer csr crl p12 pfx jks kdbx asc gpg lock pid env db sqlite sqlite3 mdb mmdb rdb service timer socket",
  ],
  [
    "medium",
    "md mdx markdown rst txt log html htm css csv tsv pdf png jpg jpeg gif svg webp avif ico bmp out err docx xlsx mdc gz zip tar tgz zst bz2 xz mp3 wav mp4",
  ],
  ["high", "sh bash zsh fish ps1 bat cmd py js mjs cjs ts tsx jsx go rs rb c h cpp java kt patch diff sql wasm so exe"],
];
const extensions = new Map<string, Tier | "data">(
  kinds.flatMap(([tier, list]) => list.split(" ").map((one) => [one, tier] as const)),
);

/** What an extension says: a tier, or `data` for formats that hold state as well as reports. */
export function byExtension(extension: string): Tier | "data" | null {
  // Pages of the manual, and logs that have been put aside.
  if (/^\d$/.test(extension)) return "medium";
  return extensions.get(extension) ?? null;
}

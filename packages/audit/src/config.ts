import { dirname, relative, sep } from "node:path";
import { configParts, findConfig, importConfig } from "untorn/config";
import type { ConfigParts } from "untorn/config";
import { isUntornError } from "untorn/errors";
import type { Tier } from "./finding.ts";
import { tiers } from "./finding.ts";
import { readText } from "./files/read.ts";

/** A tier for what is written to paths, or by files, that match a glob; the first that matches counts. */
export interface TierOverride {
  readonly tier: Tier;
  /** Glob over the file that writes. */
  readonly files?: string;
  /** Glob over the path that is written, as far as it is known. */
  readonly target?: string;
}

/** The `audit` part of `untorn.config`; globs go by the folder that it lies in. */
export interface AuditConfig {
  /** Globs of files to leave out, beside what `.gitignore` leaves out. */
  readonly exclude: readonly string[];
  /** Globs of further test files. */
  readonly tests: readonly string[];
  readonly tiers: readonly TierOverride[];
  /** Names of the project's own functions that write safely; nothing inside them is reported. */
  readonly safe: readonly string[];
  /** Rules that are switched off or, for notes, on. */
  readonly rules: Readonly<Record<string, "on" | "off">>;
}

export const emptyConfig: AuditConfig = { exclude: [], tests: [], tiers: [], safe: [], rules: {} };

/** A configuration, and the way from its folder down to the one that is audited: with `/` at its end, or empty. */
export interface LoadedConfig {
  readonly config: AuditConfig;
  readonly below: string;
}

/**
 * Reads the `untorn.config` for a folder (see `findConfig`); no file is an empty configuration. A file that cannot be read
 * or does not have the right shape is an error that names it.
 */
export async function loadConfig(folder: string): Promise<LoadedConfig> {
  const path = findConfig(folder);
  if (path === undefined) return { config: emptyConfig, below: "" };
  const below = relative(dirname(path), folder).split(sep).join("/");
  try {
    const whole: unknown = path.endsWith(".json")
      ? JSON.parse(readText(path).replace(/^\uFEFF/, ""))
      : await importConfig(path);
    return { config: readConfig(configParts(whole, path)), below: below === "" ? "" : `${below}/` };
  } catch (error) {
    if (isUntornError(error)) throw error;
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function readConfig(whole: ConfigParts): AuditConfig {
  const audit = whole.audit === undefined ? {} : asObject(whole.audit, "audit");
  for (const key of Object.keys(audit)) {
    if (!(key in emptyConfig))
      throw new Error(`audit.${key} is not a setting; there are ${Object.keys(emptyConfig).join(", ")}.`);
  }
  return {
    exclude: strings(audit["exclude"], "audit.exclude"),
    tests: strings(audit["tests"], "audit.tests"),
    safe: strings(audit["safe"], "audit.safe"),
    tiers: list(audit["tiers"], "audit.tiers").map((one, index) => override(one, `audit.tiers[${index}]`)),
    rules: switches(audit["rules"]),
  };
}

function override(value: unknown, where: string): TierOverride {
  const { tier, files, target } = asObject(value, where);
  if (!tiers.includes(tier as Tier)) throw new Error(`${where}.tier must be one of ${tiers.join(", ")}`);
  if (typeof files !== "string" && typeof target !== "string")
    throw new Error(`${where} needs a glob: files or target`);
  return {
    tier: tier as Tier,
    ...(typeof files === "string" ? { files } : {}),
    ...(typeof target === "string" ? { target } : {}),
  };
}

function switches(value: unknown): Record<string, "on" | "off"> {
  const result: Record<string, "on" | "off"> = {};
  for (const [name, setting] of Object.entries(value === undefined ? {} : asObject(value, "audit.rules"))) {
    if (setting !== "on" && setting !== "off") throw new Error(`audit.rules.${name} must be "on" or "off"`);
    result[name] = setting;
  }
  return result;
}

function asObject(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(`${where} must be an object`);
  return value as Record<string, unknown>;
}

function list(value: unknown, where: string): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Error(`${where} must be a list`);
  return value;
}

function strings(value: unknown, where: string): string[] {
  return list(value, where).map((one) => {
    if (typeof one !== "string") throw new Error(`${where} must be a list of texts`);
    return one;
  });
}

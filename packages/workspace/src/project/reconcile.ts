import type { Transaction } from "untorn";
import { isUntornError } from "untorn";
import { editJson } from "untorn/json";
import { scanArtifacts } from "./artifact-scan.ts";
import { changelogFile } from "./changelog.ts";
import { greatestIn } from "./codes.ts";
import { textOf } from "../ground/index.ts";
import { inProject } from "./place.ts";
import type { Place } from "./place.ts";
import { rebuild } from "./rebuild.ts";
import type { RebuildReport } from "./rebuild.ts";
import { emptyRegistry, readRegistry, registryFile, registryText } from "./registry.ts";
import type { Registry } from "./registry.ts";
import { salvageRegistry } from "./salvage.ts";

/** What `reconcile` found and did. Paths are relative to `.project/`. */
export interface ReconcileReport extends RebuildReport {
  /** Whether the registry was, or with `dryRun` would be, replaced. */
  readonly changed: boolean;
  /** Why the registry that was there could not be used. */
  readonly corrupt?: string;
  /** Where its bytes are kept. */
  readonly kept?: string;
  /** Codes that stand in it, and whose entries could be made neither out of it nor out of artifacts. */
  readonly lost?: readonly string[];
  /** Codes that stand in it several times and say different things, as a bad merge leaves them; the last one counts. */
  readonly twice?: readonly string[];
}

/**
 * Rebuilds the registry from the artifacts. Codes stay, missing ones are assigned, none is ever given a second time;
 * artifacts are never changed. Run twice, it gives the same. A registry that cannot be read is kept in `quarantine/`.
 *
 * What only the registry knows (items in the backlog, epics without items) is kept from it; where it cannot be read, every entry that
 * is whole is kept, the codes of others are named in `lost`, and its old bytes tell what they were.
 */
export async function reconcile(place: Place, options: { readonly dryRun?: boolean } = {}): Promise<ReconcileReport> {
  return await inProject(place, "reconcile", async (tx) => {
    const before = await oldRegistry(tx);
    const scan = scanArtifacts(place);
    const salvaged = before.corrupt === undefined ? undefined : salvageRegistry(before.text ?? "");
    const old = before.registry ?? salvaged?.registry ?? emptyRegistry();
    const seen = { items: Math.max(scan.greatest, before.items), epics: before.epics };
    const { registry, report } = rebuild(old, scan, seen);
    const whole = before.registry === undefined ? undefined : before.text;
    const text = whole === undefined ? registryText(registry) : editJson(whole, { ...before.registry, ...registry });
    const changed = text !== before.text;
    if (changed && options.dryRun !== true) await tx.write(registryFile, text);
    if (before.corrupt === undefined) return { ...report, changed };
    const stamp = place.ground.now().toISOString().replace(/[:.]/g, "");
    // Not under a name by which a check would find it corrupt for ever.
    const kept = `quarantine/${stamp}-${registryFile}.corrupt`;
    if (options.dryRun !== true) await tx.write(kept, before.bytes);
    const { unread = [], twice = [] } = salvaged ?? {};
    const lost = unread.filter((code) => !Object.hasOwn(registry.items, code));
    return { ...report, changed, corrupt: before.corrupt, kept, lost, twice };
  });
}

interface OldRegistry {
  readonly bytes: Uint8Array;
  readonly text: string | undefined;
  readonly registry?: Registry;
  readonly corrupt?: string;
  /** The greatest numbers that codes outside the artifacts have. */
  readonly items: number;
  readonly epics: number;
}

async function oldRegistry(tx: Transaction): Promise<OldRegistry> {
  const changelog = (await tx.exists(changelogFile)) ? lenient((await tx.read(changelogFile)).data) : "";
  const numbers = (text: string): { items: number; epics: number } => ({
    items: Math.max(greatestIn("WI", text), greatestIn("WI", changelog)),
    epics: Math.max(greatestIn("EP", text), greatestIn("EP", changelog)),
  });
  if (!(await tx.exists(registryFile))) return { bytes: new Uint8Array(), text: undefined, ...numbers("") };
  const { data: bytes, path } = await tx.read(registryFile);
  try {
    const text = textOf(bytes, path);
    // Only the codes that are given count: a title may mention others.
    return { bytes, text, registry: readRegistry(text, path), ...numbers("") };
  } catch (error) {
    if (!isUntornError(error) || error.code !== "UNTORN_CORRUPT") throw error;
    const text = lenient(bytes);
    const { items, epics } = numbers(text);
    return {
      bytes,
      text,
      // Not its advice: what it advises is being done.
      corrupt: `${error.path}: ${error.problem}`,
      items: Math.max(items, counterIn("next_item_id", text) - 1),
      epics: Math.max(epics, counterIn("next_epic_id", text) - 1),
    };
  }
}

/** What can be made out of damaged bytes. */
function lenient(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function counterIn(member: string, text: string): number {
  return Number(new RegExp(`"${member}"\\s*:\\s*(\\d{1,9})(?!\\d)`).exec(text)?.[1] ?? 1);
}

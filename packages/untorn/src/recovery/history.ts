import {
  etagOf,
  knownSource,
  quietly,
  readIfAny,
  readWhole,
  resolveTarget,
  split,
  undisturbed,
  within,
} from "../atomic/index.ts";
import type { Durability, Receipt } from "../atomic/index.ts";
import { describeContent, problemIn } from "../formats/index.ts";
import { listGenerations, removedAt, wholeGeneration, writeKeeping } from "../generations/index.ts";
import type { Generation } from "../generations/index.ts";
import { acquire, assertHeld, release } from "../lock/index.ts";
import { UntornError } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { settleRoot } from "../transaction/index.ts";

/** One content that a file has or had. */
export interface Revision {
  /** The generation's number; the newest has the highest. `undefined`: the file as it is now. */
  readonly number: number | undefined;
  readonly path: string;
  readonly bytes: number;
  /** When this content was written, milliseconds since 1970. */
  readonly mtimeMs: number;
  /** What is wrong with it; `undefined`: nothing. */
  readonly problem: string | undefined;
  /** A few words on the content, where its format has some. */
  readonly summary: string;
}

/** What is kept of a file: its present content and its earlier ones. */
export interface History {
  readonly path: string;
  /** The file as it is; `undefined` where it is missing. */
  readonly current: Revision | undefined;
  /** Newest first. */
  readonly generations: readonly Revision[];
  /** When untorn removed the file or gave it another name, milliseconds since 1970; `undefined`: it is there, or went otherwise. */
  readonly removedMs: number | undefined;
}

/** What became of a restore. */
export interface Restored {
  /** The generation that the file has the content of now. */
  readonly number: number;
  readonly receipt: Receipt;
}

export function* historyProtocol(path: string): Protocol<History> {
  const target = yield* within("resolve", path, "unchanged", resolveTarget(path, "follow"));
  const current = target.before?.kind === "file" ? yield* revision(target.path, target.path, undefined) : undefined;
  const generations: Revision[] = [];
  for (const generation of yield* within("read", path, "unchanged", listGenerations(target.path))) {
    generations.push(yield* revision(generation.path, target.path, generation));
  }
  const removedMs = current === undefined ? yield* removedAt(target.path) : undefined;
  return { path: target.path, current, generations, removedMs };
}

function* revision(at: string, path: string, generation: Generation | undefined): Protocol<Revision> {
  const { bytes, status } = yield* readWhole(at);
  const { base } = split(path);
  const altered = generation !== undefined && !etagOf(bytes).startsWith(generation.digest);
  const problem = altered ? "it was changed after it was kept" : problemIn(bytes, base, path)?.text;
  return {
    number: generation?.number,
    path: at,
    bytes: bytes.byteLength,
    mtimeMs: status.mtimeMs,
    problem,
    summary: problem === undefined ? describeContent(bytes, base, path) : "",
  };
}

/** The content of a generation; without a number, the newest whole one that differs from the file. */
export function* generationProtocol(path: string, number: number | undefined): Protocol<GenerationContent> {
  const target = yield* within("resolve", path, "unchanged", resolveTarget(path, "follow"));
  const all = yield* within("read", path, "unchanged", listGenerations(target.path));
  const now = (yield* readIfAny(target.path))?.bytes;
  for (const generation of all) {
    if (number !== undefined && generation.number !== number) continue;
    const bytes = yield* wholeGeneration(generation, target.path);
    if (bytes !== undefined && (number !== undefined || now === undefined || Buffer.compare(bytes, now) !== 0)) {
      return { generation, bytes, target: target.path, count: all.length };
    }
    if (number !== undefined) throw refusal("UNTORN_CORRUPT", path, `its generation ${number} is not whole`);
  }
  const numbers = all.map((each) => each.number).join(", ");
  const there = all.length === 0 ? "no generation of it is kept" : `the generations that are kept are ${numbers}`;
  const wanted =
    number === undefined ? "it has no whole generation with another content" : `it has no generation ${number}`;
  throw refusal("UNTORN_NOT_FOUND", path, `${wanted}; ${there}`);
}

export interface GenerationContent {
  readonly generation: Generation;
  readonly bytes: Uint8Array;
  /** The file, links resolved. */
  readonly target: string;
  readonly count: number;
}

export interface RestoreOptions {
  /** Default `full`. */
  readonly durability?: Durability;
  /** How long to wait for the file's lock, milliseconds. Default 10,000. */
  readonly lockTimeoutMs?: number;
}

/**
 * Writes the content of a generation to the file: a step forward, not back. What the file has now becomes a generation in turn (or,
 * if it is corrupt, goes to the quarantine), and no generation is dropped for it.
 */
export function* restoreProtocol(
  port: Port,
  path: string,
  number: number | undefined,
  options: RestoreOptions,
  blocking: boolean,
): Protocol<Restored> {
  const held = yield* acquire(port, path, {
    purpose: "restore",
    timeoutMs: options.lockTimeoutMs,
    blocking,
    settle: (root) => settleRoot(port, root),
  });
  try {
    const { generation, bytes, target, count } = yield* generationProtocol(path, number);
    const isThere = (yield* readIfAny(target)) !== undefined;
    const { durability } = options;
    const receipt = yield* writeKeeping(
      port,
      {
        path: target,
        source: knownSource([bytes]),
        options: {
          generations: Math.min(1000, count + 1),
          durability,
          ...(isThere ? {} : { mode: generation.mode & 0o777 }),
        },
        control: undisturbed,
        guard: () => assertHeld(held),
      },
      blocking,
    );
    return { number: generation.number, receipt };
  } finally {
    yield* quietly(release(port, held));
  }
}

function refusal(code: "UNTORN_CORRUPT" | "UNTORN_NOT_FOUND", path: string, problem: string): UntornError {
  const next = "`untorn history` lists the generations.";
  return new UntornError({ code, path, phase: "recover", outcome: "unchanged", problem, next });
}

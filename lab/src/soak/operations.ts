// What the processes of a soak do, with the library's public calls. Every change leaves its id in the file, so that in the end
// somebody who knows nothing of the library can tell which changes are there.
import { createHash } from "node:crypto";
import { readTogether, recover, removeFile, renameFile, readFile, transaction, withLock, writeFile } from "untorn";
import { updateJson } from "untorn/json";
import { appendLine } from "untorn/jsonl";
import { openStore } from "untorn/store";
import type { SeededRandom } from "untorn/testing";
import { counts, fileOf, groupSize } from "./files.ts";

interface Ids {
  count: number;
  ids: string[];
}

/** What is done to which file; the change that it makes has an id. */
export interface Operation {
  readonly kind: keyof typeof counts | "look" | "recover";
  readonly target: string;
  readonly run: (id: string) => Promise<unknown>;
}

/** A text that says whose it is, of a length that the id decides, with a digest of all before it at its end. */
export function textOf(id: string): string {
  const seed = createHash("sha256").update(id).digest("hex");
  const body = `${id}\n${`${seed}\n`.repeat(1 + (Number.parseInt(seed.slice(0, 4), 16) % 200))}`;
  return `${body}${createHash("sha256").update(body).digest("hex")}\n`;
}

function isWhole(text: string): boolean {
  return text === textOf(text.slice(0, text.indexOf("\n")));
}

const add =
  (id: string) =>
  (current: unknown): Ids => {
    const { count, ids } = (current ?? { count: 0, ids: [] }) as Ids;
    return { count: count + 1, ids: [...ids, id] };
  };

/** Somebody saw what nobody may see. */
export class Seen extends Error {}

type Make = (root: string, n: number) => Omit<Operation, "kind">;

const makers: Readonly<Record<Operation["kind"], Make>> = {
  counter: (root, n) => ({
    target: fileOf.counter(n),
    run: (id) => updateJson(`${root}/${fileOf.counter(n)}`, add(id)),
  }),
  log: (root, n) => ({
    target: fileOf.log(n),
    run: (id) => appendLine(`${root}/${fileOf.log(n)}`, { id, pad: "x".repeat(n) }),
  }),
  whole: (root, n) => ({ target: fileOf.whole(n), run: (id) => writeFile(`${root}/${fileOf.whole(n)}`, textOf(id)) }),
  kept: (root, n) => ({
    target: fileOf.kept(n),
    run: (id) => writeFile(`${root}/${fileOf.kept(n)}`, textOf(id), { generations: 3 }),
  }),
  group: (root, n) => ({
    target: `groups/${n}`,
    run: (id) =>
      transaction(root, async (tx) => {
        for (let part = 0; part < groupSize; part += 1) await tx.json(fileOf.group(n, part), add(id));
      }),
  }),
  key: (root, n) => ({ target: fileOf.key(n), run: (id) => commitTo(root, n, id) }),
  locked: (root, n) => ({ target: fileOf.locked(n), run: (id) => underLock(`${root}/${fileOf.locked(n)}`, id) }),
  passing: (root, n) => ({ target: fileOf.passing(n), run: (id) => passing(`${root}/${fileOf.passing(n)}`, id) }),
  look: (root, n) => ({ target: `groups/${n % counts.group}`, run: () => look(root, n % counts.group) }),
  recover: (root) => ({ target: ".", run: () => recover(root, { apply: true }) }),
};

/** A key of a store, read and committed on the condition that nobody else has. */
async function commitTo(root: string, n: number, id: string): Promise<void> {
  const store = await openStore(`${root}/store`);
  try {
    const key = fileOf.key(n).slice("store/".length);
    const found = await store.get(key);
    const next = add(id)(found === undefined ? undefined : JSON.parse(Buffer.from(found.bytes).toString()));
    await store.commit([{ key, put: JSON.stringify(next), ...(found === undefined ? {} : { ifMatch: found.etag }) }]);
  } finally {
    await store.close();
  }
}

/** Read, changed and written by two calls, with the lock of the file held around both. */
async function underLock(path: string, id: string): Promise<void> {
  await withLock(path, { purpose: "soak" }, async (held) => {
    const { data } = await readFile(path, { encoding: "utf8" });
    held.assertHeld();
    await writeFile(path, JSON.stringify(add(id)(JSON.parse(data))));
  });
}

/** A file that comes, moves and goes. */
async function passing(path: string, id: string): Promise<void> {
  await writeFile(path, textOf(id), { ifAbsent: true });
  await renameFile(path, `${path}.moved`);
  await removeFile(`${path}.moved`);
}

/** Readers see whole contents, and the files of a group as one commit left them. */
async function look(root: string, n: number): Promise<void> {
  const paths = Array.from({ length: groupSize }, (_, part) => fileOf.group(n, part));
  const files = await readTogether(root, paths);
  const texts = new Set(files.map((file) => Buffer.from(file?.data ?? []).toString()));
  if (texts.size !== 1)
    throw new Seen(
      `group ${n} was read in ${texts.size} versions: ${[...texts].map((text) => text.slice(-60)).join(" / ")}`,
    );
  const whole = `${root}/${fileOf.whole(n)}`;
  const { data } = await readFile(whole, { encoding: "utf8" });
  if (!isWhole(data)) throw new Seen(`${whole} was read torn`);
}

/** In a hundred; recovery walks through everything. */
const shares: readonly (readonly [Operation["kind"], number])[] = [
  ["counter", 24],
  ["log", 16],
  ["whole", 16],
  ["group", 12],
  ["key", 6],
  ["kept", 6],
  ["locked", 8],
  ["passing", 3],
  ["look", 8],
  ["recover", 1],
];

export function anyOperation(root: string, random: SeededRandom): Operation {
  let at = random.below(100);
  const [kind] = shares.find(([, share]) => (at -= share) < 0) ?? ["counter"];
  const n = random.below(kind === "look" || kind === "recover" ? counts.whole : counts[kind]);
  return { kind, ...makers[kind](root, n) };
}

/** All files as they are in the beginning. */
export async function prepare(root: string): Promise<void> {
  const empty = JSON.stringify({ count: 0, ids: [] });
  const put = (path: string, text: string): Promise<unknown> =>
    writeFile(`${root}/${path}`, text, { mkdir: true, durability: "off" });
  for (const kind of ["counter", "key", "locked"] as const)
    for (let n = 0; n < counts[kind]; n += 1) await put(fileOf[kind](n), empty);
  for (let n = 0; n < counts.group; n += 1)
    for (let part = 0; part < groupSize; part += 1) await put(fileOf.group(n, part), empty);
  for (const kind of ["whole", "kept", "passing"] as const)
    for (let n = 0; n < counts[kind]; n += 1) await put(fileOf[kind](n), textOf("first"));
  for (let n = 0; n < counts.log; n += 1) await put(fileOf.log(n), `${JSON.stringify({ id: "first" })}\n`);
  for (let n = 0; n < counts.passing; n += 1) await removeFile(`${root}/${fileOf.passing(n)}`);
}

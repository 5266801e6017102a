import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { Files, tempName } from "../../src/atomic/index.ts";
import { writeKeeping } from "../../src/generations/index.ts";
import { lockFolderName, lockOn } from "../../src/lock/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import type { Port } from "../../src/platform/index.ts";
import { recoveryOn } from "../../src/recovery/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";
import { closingLine, journalBody } from "../../src/transaction/journal.ts";
import { folder } from "../atomic/support/places.ts";

/** What somebody else put where untorn is about to put something of its own (docs/security.md). */

const predicted = "abcdefgh12345678";

/** Its random names are known beforehand. */
const predictable: Port = Object.create(nodePort, { randomName: { value: () => predicted } }) as Port;

interface Scene {
  readonly place: string;
  readonly state: string;
  /** A file that the attacker cannot write to. */
  readonly victim: string;
}

function scene(t: TestContext): Scene {
  const root = folder(t);
  const [place, elsewhere] = [join(root, "place"), join(root, "elsewhere")];
  for (const each of [place, elsewhere]) mkdirSync(each);
  const [state, victim] = [join(place, "state.json"), join(elsewhere, "victim")];
  writeFileSync(state, "old");
  writeFileSync(victim, "precious");
  return { place, state, victim };
}

for (const plant of ["a symbolic link", "a dangling link", "a file", "a hard link", "a folder"] as const) {
  test(`${plant} at the very name of a temp: an error, and nothing is written through it`, async (t) => {
    const { place, state, victim } = scene(t);
    const digest = createHash("sha256").update("new").digest("hex");
    const at = join(place, tempName(predictable, "tmp", "state.json", [digest]));
    if (plant === "a symbolic link") symlinkSync(victim, at);
    else if (plant === "a dangling link") symlinkSync(`${victim}.missing`, at);
    else if (plant === "a file") writeFileSync(at, "theirs");
    else if (plant === "a hard link") linkSync(victim, at);
    else mkdirSync(at);
    const before = lstatSync(at);
    const files = new Files(predictable);
    await assert.rejects(files.writeFile(state, "new"), { outcome: "unchanged" });
    assert.throws(() => files.writeFileSync(state, "new"), { outcome: "unchanged" });
    assert.equal(readFileSync(victim, "utf8"), "precious");
    assert.deepEqual(readdirSync(join(victim, "..")), ["victim"]);
    assert.equal(readFileSync(state, "utf8"), "old");
    // It is not ours, so it stays.
    assert.deepEqual([lstatSync(at).ino, lstatSync(at).size], [before.ino, before.size]);
  });
}

test("where a lock's folder should be there is a link or a file: refused at once, and nothing is put elsewhere", async (t) => {
  for (const plant of ["link", "file", "dangling"] as const) {
    const { place, state, victim } = scene(t);
    const elsewhere = join(victim, "..");
    const at = join(place, lockFolderName("state.json"));
    if (plant === "file") writeFileSync(at, "");
    else symlinkSync(plant === "link" ? elsewhere : join(elsewhere, "missing"), at);
    const started = performance.now();
    await assert.rejects(lockOn(nodePort).lock(state), { code: "UNTORN_PERMISSION", phase: "lock" });
    assert.ok(performance.now() - started < 5000, "it waited");
    assert.deepEqual(readdirSync(elsewhere), ["victim"]);
    assert.ok(lstatSync(at), "what is not ours stays");
  }
});

for (const [what, plant] of [
  ["the work folder", (place: string, to: string) => symlinkSync(to, join(place, ".untorn"))],
  [
    "the quarantine",
    (place: string, to: string) => {
      mkdirSync(join(place, ".untorn"));
      symlinkSync(to, join(place, ".untorn/quarantine"));
    },
  ],
] as const) {
  test(`where ${what} should be there is a link: nothing of untorn's goes there`, async (t) => {
    const { place, state, victim } = scene(t);
    const elsewhere = join(victim, "..");
    plant(place, elsewhere);
    const refused = { code: "UNTORN_PERMISSION", outcome: "unchanged" };
    if (what === "the work folder") {
      const { transaction } = transactionsOn(nodePort);
      await assert.rejects(
        transaction(place, (tx) => tx.write("state.json", "new")),
        refused,
      );
      await assert.rejects(new Files(nodePort, writeKeeping).writeFile(state, "new", { generations: 3 }), refused);
    }
    // A corrupt file that recovery would put into the quarantine.
    writeFileSync(join(place, "broken.json"), "{");
    writeFileSync(join(place, "broken.json.tmp.4194399"), "{}");
    await recoveryOn(new Files(nodePort), [process.getuid?.() ?? 0]).recover(place, { apply: true, quietMs: 0 });
    assert.deepEqual(readdirSync(elsewhere), ["victim"]);
    assert.equal(readFileSync(state, "utf8"), "old");
  });
}

for (const plant of ["a hard link", "a symbolic link", "a dangling link", "a folder"] as const) {
  test(`${plant} where a journal's file is kept for the next one: nothing is emptied or written through it`, async (t) => {
    const { place, state, victim } = scene(t);
    const kept = join(place, ".untorn/spare-journal");
    mkdirSync(join(place, ".untorn"));
    if (plant === "a hard link") linkSync(victim, kept);
    else if (plant === "a folder") mkdirSync(kept);
    else symlinkSync(plant === "a symbolic link" ? victim : `${victim}.missing`, kept);
    const { transaction } = transactionsOn(nodePort);
    await transaction(place, (tx) => tx.write("state.json", "new"));
    assert.equal(readFileSync(victim, "utf8"), "precious");
    assert.deepEqual(readdirSync(join(victim, "..")), ["victim"]);
    assert.equal(readFileSync(state, "utf8"), "new");
  });
}

const noRoot = process.getuid?.() !== 0 && "only root can make another user's files";
const stranger = 65_534;

test(
  "in a shared folder (/tmp) a stranger's work folder is refused, and its journals are nobody's",
  { skip: noRoot },
  async (t) => {
    const { place, state } = scene(t);
    chmodSync(place, 0o1777);
    mkdirSync(join(place, ".untorn"));
    writeFileSync(join(place, ".untorn/tx-1-1-00000000-abcdefghijklm.journal"), "");
    const theirs = "theirs";
    const digest = createHash("sha256").update(theirs).digest("hex").slice(0, 16);
    mkdirSync(join(place, ".untorn/generations/state.json"), { recursive: true });
    writeFileSync(join(place, `.untorn/generations/state.json/00000001-${digest}`), theirs);
    chownSync(join(place, ".untorn"), stranger, stranger);
    const { history, readGeneration, restore } = recoveryOn(new Files(nodePort), [process.getuid?.() ?? 0]);
    assert.deepEqual((await history(state)).generations, [], "what it keeps is no content that the file had");
    for (const call of [readGeneration(state, 1), restore(state)])
      await assert.rejects(call, { code: "UNTORN_NOT_FOUND" });
    const { transaction, readTogether } = transactionsOn(nodePort);
    const refused = { code: "UNTORN_PERMISSION", message: /made by another user/ };
    await assert.rejects(
      transaction(place, (tx) => tx.write("state.json", "new")),
      refused,
    );
    await assert.rejects(new Files(nodePort, writeKeeping).writeFile(state, "new", { generations: 3 }), refused);
    assert.equal(readFileSync(state, "utf8"), "old");
    // A file that needs no work folder is not in the stranger's hands: no lock waits for that journal.
    await (await lockOn(nodePort).lock(state, { timeoutMs: 0 })).release();
    assert.equal((await readTogether(place, ["state.json"]))[0]?.bytes, 3);
    // Without the sticky bit whoever may write there could replace every file anyway: those are trusted, as a team is.
    chmodSync(place, 0o777);
    assert.equal((await history(state)).generations.length, 1);
    await transaction(place, (tx) => tx.write("state.json", "new"));
    assert.equal(readFileSync(state, "utf8"), "new");
  },
);

test(
  "in a shared folder a stranger's journal is nobody's, also in a work folder that is ours",
  { skip: noRoot },
  async (t) => {
    const { place, state } = scene(t);
    chmodSync(place, 0o1777);
    const work = join(place, ".untorn");
    mkdirSync(work);
    chmodSync(work, 0o777);
    const name = "tx-1-1-00000000-abcdefghijklm";
    const body = journalBody({ transaction: name, steps: [{ op: "remove", path: "state.json", before: "" }] });
    const journal = join(work, `${name}.journal`);
    writeFileSync(journal, body + closingLine(body));
    chownSync(journal, stranger, stranger);
    const { readTogether } = transactionsOn(nodePort);
    await (await lockOn(nodePort).lock(state, { timeoutMs: 0 })).release();
    assert.equal((await readTogether(place, ["state.json"]))[0]?.bytes, 3);
    // The same journal of our own is carried out: it was a whole one.
    chownSync(journal, process.getuid?.() ?? 0, process.getgid?.() ?? 0);
    assert.deepEqual(await readTogether(place, ["state.json"]), [undefined]);
  },
);

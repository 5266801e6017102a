import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { lock, readGeneration, recover, restore, transaction, updateFile, writeFile } from "../../src/index.ts";
import { nodePort } from "../../src/platform/index.ts";
import { folder, isRoot } from "../atomic/support/places.ts";

/** Names and journals that would lead out of the folder they are in (docs/security.md). */

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
/** No process has this pid: the kernel's highest is 4194304 (proc(5)). */
const deadOwner = "zzzzz-1-00000000";
const own = `${deadOwner}-abcdefgh12345678`;

/** A journal that is whole, for the steps, with its staged contents. */
function plantJournal(root: string, steps: readonly object[], staged: Readonly<Record<string, string>>): string {
  const work = join(root, ".untorn");
  mkdirSync(work, { recursive: true });
  for (const [name, text] of Object.entries(staged)) writeFileSync(join(work, name), text);
  const header = { untorn: "journal", version: 1, transaction: `tx-${own}` };
  const body = [header, ...steps].map((line) => `${JSON.stringify(line)}\n`).join("");
  const path = join(work, `tx-${own}.journal`);
  writeFileSync(path, `${body}${JSON.stringify({ sha256: digest(body) })}\n`);
  return path;
}

interface Scene {
  readonly root: string;
  readonly elsewhere: string;
}

function scene(t: TestContext): Scene {
  const top = folder(t);
  const [root, elsewhere] = [join(top, "root"), join(top, "elsewhere")];
  for (const each of [root, elsewhere]) mkdirSync(each);
  writeFileSync(join(elsewhere, "victim"), "precious");
  return { root, elsewhere };
}

const untouched = ({ elsewhere }: Scene): void => {
  assert.deepEqual(readdirSync(elsewhere), ["victim"]);
  assert.equal(readFileSync(join(elsewhere, "victim"), "utf8"), "precious");
};

const staged = `.victim.untorn.${own}.part`;
const put = (path: string, from = `.untorn/${staged}`) => ({
  op: "put",
  path,
  staged: from,
  etag: digest("evil"),
  before: null,
});

for (const [what, steps] of [
  ["put", [put("link/victim")]],
  ["remove", [{ op: "remove", path: "link/victim", before: digest("precious") }]],
  ["mkdir", [{ op: "mkdir", path: "link/made" }]],
  ["rmdir", [{ op: "rmdir", path: "link/made" }]],
  ["put through two links", [put("inner/link/victim")]],
  ["put from outside", [put("victim", `../elsewhere/${staged}`)]],
  ["put with dots", [put("../elsewhere/victim")]],
] as const) {
  test(`a crafted journal (${what}) changes nothing outside its root, and is set aside`, async (t) => {
    const place = scene(t);
    symlinkSync(place.elsewhere, join(place.root, "link"));
    symlinkSync(".", join(place.root, "inner"));
    const journal = plantJournal(place.root, steps, { [staged]: "evil" });
    const report = await recover(place.root, { apply: true, quietMs: 0 });
    untouched(place);
    assert.equal(existsSync(journal), false, JSON.stringify(report.actions));
    assert.ok(readdirSync(join(place.root, ".untorn/quarantine")).some((name) => name.endsWith(".journal")));
    plantJournal(place.root, steps, { [staged]: "evil" });
    await transaction(place.root, (tx) => tx.write("state", "new"));
    untouched(place);
  });
}

test(
  "a journal in a shared folder above is a stranger's: whoever works below does not carry it out",
  { skip: !isRoot },
  async (t) => {
    const place = scene(t);
    const mine = join(place.root, "mine");
    mkdirSync(mine, { mode: 0o700 });
    writeFileSync(join(mine, "victim"), "precious");
    const journal = plantJournal(place.root, [put("mine/victim")], { [staged]: "evil" });
    const plant = (): void => {
      for (const path of [journal, join(place.root, ".untorn", staged), join(place.root, ".untorn")]) {
        chownSync(path, 65_534, 65_534);
      }
    };
    plant();
    chmodSync(place.root, 0o1777);
    const calls: (() => Promise<unknown>)[] = [
      async () => await (await lock(join(mine, "victim"))).release(),
      () => updateFile(join(mine, "state"), () => "new"),
      () => transaction(mine, (tx) => tx.write("other", "new")),
      () => recover(place.root, { apply: true, quietMs: 0 }),
    ];
    for (const call of calls) {
      await call();
      assert.equal(readFileSync(join(mine, "victim"), "utf8"), "precious");
    }
    assert.ok(existsSync(journal));
    // Root's own journal beside it counts as ever, also in a work folder that was root's first.
    for (const path of [journal, join(place.root, ".untorn", staged), join(place.root, ".untorn")])
      chownSync(path, 0, 0);
    await recover(place.root, { apply: true, quietMs: 0 });
    assert.equal(readFileSync(join(mine, "victim"), "utf8"), "evil");
  },
);

test("temps whose names lead to the folder itself, or out of it, are left alone", async (t) => {
  const place = scene(t);
  // Of the scheme NAME.tmp.PID these are temps of `.` and `..`.
  const names = [
    "...tmp.4194399",
    "..tmp.4194399",
    `....untorn.${own}.tmp`,
    `...untorn.${own}-${digest("evil").slice(0, 16)}.tmp`,
  ];
  for (const name of names) {
    writeFileSync(join(place.root, name), "evil");
    utimesSync(join(place.root, name), 1, 1);
  }
  await recover(place.root, { apply: true, quietMs: 0, policy: "newest" });
  untouched(place);
  assert.deepEqual(readdirSync(join(place.root, "..")).toSorted(), ["elsewhere", "root"]);
});

test("a generation that is a link, or not what its name says, is nobody's content", async (t) => {
  const place = scene(t);
  const path = join(place.root, "state.json");
  await writeFile(path, "1", { generations: 3 });
  await writeFile(path, "2", { generations: 3 });
  const kept = join(place.root, ".untorn/generations/state.json");
  symlinkSync(join(place.elsewhere, "victim"), join(kept, `00000008-${digest("precious").slice(0, 16)}`));
  writeFileSync(join(kept, `00000007-${"0".repeat(16)}`), "666");
  await assert.rejects(readGeneration(path, 8), { code: "UNTORN_NOT_FOUND" });
  await assert.rejects(readGeneration(path, 7), { code: "UNTORN_CORRUPT" });
  assert.equal(Buffer.from((await readGeneration(path)).data).toString(), "1");
  await restore(path);
  assert.equal(readFileSync(path, "utf8"), "1");
  untouched(place);
});

test("a backup that a stranger put beside a file in a shared folder is not put back", { skip: !isRoot }, (t) => {
  const place = scene(t);
  const old = "good".repeat(300);
  writeFileSync(join(place.root, "state"), old);
  chmodSync(place.root, 0o1777);
  // The file is half the stranger's old content and half their new one, as after an interrupted rewrite of theirs.
  const [evil, fresh] = [old.slice(0, 512) + "evil".repeat(172), `${"x".repeat(512)}${old.slice(512)}`];
  // Of this machine, so that who has no kernel locks can tell as well that it is dead.
  const owner = `zzzzz-1-${nodePort.identity.scope}-abcdefgh12345678`;
  const backup = `.state.untorn.${owner}-${digest(evil).slice(0, 16)}-${digest(fresh).slice(0, 16)}.bak`;
  const temp = `.state.untorn.${owner}-${digest(fresh).slice(0, 16)}.tmp`;
  const plant = (uid: number): void => {
    for (const [name, text] of [
      [backup, evil],
      [temp, fresh],
    ] as const) {
      writeFileSync(join(place.root, name), text);
      chownSync(join(place.root, name), uid, uid);
    }
  };
  const rewrite = (): void => {
    const library = new URL("../../src/index.js", import.meta.url).href;
    const code = `import(${JSON.stringify(library)}).then((u) => u.recover(${JSON.stringify(place.root)}, { apply: true, quietMs: 0 }))`;
    execFileSync(process.execPath, ["-e", code]);
  };
  plant(65_534);
  rewrite();
  assert.equal(readFileSync(join(place.root, "state"), "utf8"), old);
  // The very same from somebody who has a say there is an interrupted rewrite, and brought to its end.
  plant(0);
  rewrite();
  assert.equal(readFileSync(join(place.root, "state"), "utf8"), evil);
});

import assert from "node:assert/strict";
import * as realFs from "node:fs";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { createNodeFs, memoryPort } from "../../src/testing/index.ts";

type NodeFs = typeof realFs;

/** A simulated `node:fs` with one folder, as the real one's type. */
function simulated(): { fs: NodeFs; folder: string } {
  const port = memoryPort({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, umask: process.umask() });
  port.putDirectory("/simulated");
  return { fs: createNodeFs({ root: "/simulated", port: () => port }) as unknown as NodeFs, folder: "/simulated" };
}

/** What a call gave: its value, or its error without what differs from folder to folder. */
type Answer = readonly [string, unknown];

class Script {
  readonly answers: Answer[] = [];
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async step(name: string, action: () => unknown): Promise<void> {
    try {
      this.answers.push([name, this.#plain(await action())]);
    } catch (error) {
      const { code, syscall, message } = error as NodeJS.ErrnoException;
      this.answers.push([name, { code, syscall, message: message.replaceAll(this.#folder, "FOLDER") }]);
    }
  }

  #plain(value: unknown): unknown {
    if (value instanceof Uint8Array) return Buffer.from(value).toString();
    if (typeof value === "string") return value.replaceAll(this.#folder, "FOLDER");
    return value;
  }
}

/** Calls as programs make them; every answer must be the real one's. */
async function synchronous(fs: NodeFs, folder: string): Promise<readonly Answer[]> {
  const script = new Script(folder);
  const step = script.step.bind(script);
  const at = (name: string): string => `${folder}/${name}`;
  await step("write", () => fs.writeFileSync(at("a"), "alpha"));
  await step("write with mode", () => fs.writeFileSync(at("m"), "x", { mode: 0o600 }));
  await step("mode", () => (fs.statSync(at("m")).mode & 0o7777).toString(8));
  await step("read", () => fs.readFileSync(at("a"), "utf8"));
  await step("read bytes", () => fs.readFileSync(at("a")));
  await step("read missing", () => fs.readFileSync(at("no")));
  await step("wx over", () => fs.writeFileSync(at("a"), "", { flag: "wx" }));
  await step("append", () => fs.appendFileSync(at("a"), " beta"));
  await step("r+", () => fs.writeFileSync(at("a"), "AL", { flag: "r+" }));
  await step("now", () => fs.readFileSync(at("a"), "latin1"));
  await step("truncate", () => fs.truncateSync(at("a"), 3));
  await step("size", () => fs.statSync(at("a")).size);
  await step("size as bigint", () => fs.statSync(at("a"), { bigint: true }).size);
  await step("stat missing", () => fs.statSync(at("no")));
  await step("stat missing, quietly", () => fs.statSync(at("no"), { throwIfNoEntry: false }));
  await step("lstat missing", () => fs.lstatSync(at("no")));
  await step("exists", () => [fs.existsSync(at("a")), fs.existsSync(at("no")), fs.existsSync(at("a/b"))]);
  await step("access", () => fs.accessSync(at("no")));
  await step("mkdir -p", () => fs.mkdirSync(at("d/e/f"), { recursive: true }));
  await step("mkdir -p again", () => fs.mkdirSync(at("d/e/f"), { recursive: true }));
  await step("mkdir over", () => fs.mkdirSync(at("d")));
  await step("readdir", () => fs.readdirSync(folder).sort());
  await step("readdir types", () =>
    fs
      .readdirSync(folder, { withFileTypes: true })
      .map((e) => `${e.name} ${e.isFile()}`)
      .sort(),
  );
  await step("readdir deep", () => fs.readdirSync(folder, { recursive: true }).map(String).sort());
  await step("symlink", () => fs.symlinkSync("a", at("l")));
  await step("readlink", () => fs.readlinkSync(at("l")));
  await step("realpath", () => fs.realpathSync(at("l")));
  await step("link kind", () => [fs.lstatSync(at("l")).isSymbolicLink(), fs.statSync(at("l")).isFile()]);
  await step("link", () => fs.linkSync(at("a"), at("b")));
  await step("copy", () => fs.copyFileSync(at("a"), at("c")));
  await step("copy excl", () => fs.copyFileSync(at("a"), at("c"), fs.constants.COPYFILE_EXCL));
  await step("rename", () => fs.renameSync(at("c"), at("d/c")));
  await step("rename missing", () => fs.renameSync(at("c"), at("d/c")));
  await step("rmdir full", () => fs.rmdirSync(at("d")));
  await step("rm missing", () => fs.rmSync(at("no")));
  await step("rm missing, forced", () => fs.rmSync(at("no"), { force: true }));
  await step("rm -r", () => fs.rmSync(at("d"), { recursive: true }));
  await step("unlink", () => fs.unlinkSync(at("b")));
  await step("chmod", () => fs.chmodSync(at("a"), 0o640));
  await step("chmod text", () => fs.chmodSync(at("m"), "644"));
  await step("utimes", () => fs.utimesSync(at("a"), 1, 1_000_000));
  await step("mtime", () => fs.statSync(at("a")).mtimeMs);
  await step("descriptor", () => {
    const fd = fs.openSync(at("fd"), "w+");
    fs.writeSync(fd, "hello");
    fs.writeSync(fd, Buffer.from("J"), 0, 1, 0);
    fs.writeSync(fd, new Uint8Array([120, 121, 122]), 1, 2, 5);
    fs.ftruncateSync(fd, 6);
    fs.fsyncSync(fd);
    fs.fdatasyncSync(fd);
    const bytes = Buffer.alloc(8, "-");
    const counts = [fs.readSync(fd, bytes, 1, 3, 0), fs.readSync(fd, bytes, { position: 4 })];
    const { size } = fs.fstatSync(fd);
    fs.closeSync(fd);
    return [...counts, size, bytes.toString()];
  });
  await step("closed descriptor", () => fs.fsyncSync(999_999_999));
  await step("numeric flags", () => {
    const { O_CREAT, O_EXCL, O_WRONLY } = fs.constants;
    const fd = fs.openSync(at("numeric"), O_WRONLY | O_CREAT | O_EXCL, 0o600);
    fs.closeSync(fd);
    return fs.readFileSync(at("numeric"), "utf8");
  });
  await step("path with URL", () => fs.readFileSync(new URL(`file://${at("a")}`), "utf8"));
  return script.answers;
}

async function asynchronous(fs: NodeFs, folder: string): Promise<readonly Answer[]> {
  const script = new Script(folder);
  const step = script.step.bind(script);
  const at = (name: string): string => `${folder}/${name}`;
  const { promises } = fs;
  await step("promises", async () => {
    await promises.mkdir(at("p"));
    await promises.writeFile(at("p/a"), "alpha");
    await promises.appendFile(at("p/a"), " beta");
    await promises.rename(at("p/a"), at("p/b"));
    return [await promises.readFile(at("p/b"), "utf8"), await promises.readdir(at("p"))];
  });
  await step("promise of a missing file", () => promises.readFile(at("no")));
  await step("file handle", async () => {
    const handle = await promises.open(at("h"), "w+");
    const { bytesWritten } = await handle.write("hello");
    await handle.writeFile(" world");
    await handle.sync();
    await handle.datasync();
    await handle.truncate(8);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const { size } = await handle.stat();
    await handle.close();
    return [bytesWritten, bytesRead, buffer.toString(), size];
  });
  await step("promisified callbacks", async () => {
    const fd = await promisify(fs.open)(at("cb"), "w+");
    const written = await promisify(fs.write)(fd, Buffer.from("abc"));
    const read = await promisify(fs.read)(fd, Buffer.alloc(3), 0, 3, 0);
    await promisify(fs.close)(fd);
    return [written.bytesWritten, read.bytesRead, read.buffer.toString(), await promisify(fs.exists)(at("cb"))];
  });
  await step("callback error", () => promisify(fs.readFile)(at("no")));
  await step("callback result", () => new Promise((resolve) => fs.stat(at("cb"), (_, stats) => resolve(stats.size))));
  await step("streams", async () => {
    const out = fs.createWriteStream(at("s"));
    for (let piece = 0; piece < 40; piece += 1) out.write(`${piece} `.repeat(1000));
    await new Promise((resolve, reject) => out.on("error", reject).end(() => resolve(undefined)));
    let length = 0;
    for await (const chunk of fs.createReadStream(at("s"), { start: 5 })) length += (chunk as Buffer).length;
    return [length, fs.statSync(at("s")).size];
  });
  await step("stream of a missing file", async () => {
    for await (const _ of fs.createReadStream(at("no"))) assert.fail();
  });
  return script.answers;
}

for (const [name, script] of Object.entries({ synchronous, asynchronous })) {
  test(
    `the simulated node:fs answers as the real one does: ${name}`,
    { skip: process.platform !== "linux" },
    async (t) => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), "untorn-node-fs-")));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      const there = simulated();
      const [real, made] = [await script(realFs, folder), await script(there.fs, there.folder)];
      for (const [index, answer] of real.entries()) assert.deepEqual(made[index], answer);
      assert.equal(made.length, real.length);
    },
  );
}

test("what a caller does not wait for has not happened yet", async () => {
  const { fs, folder } = simulated();
  const writing = fs.promises.writeFile(`${folder}/a`, "x");
  assert.equal(fs.existsSync(`${folder}/a`), false);
  await writing;
  assert.equal(fs.existsSync(`${folder}/a`), true);
});

test("outside of the folder the real files can be read, and nothing can be changed", () => {
  const { fs, folder } = simulated();
  const here = new URL(import.meta.url);
  assert.ok(fs.readFileSync(here, "utf8").includes("outside of the folder"));
  assert.throws(() => fs.writeFileSync("/tmp-untorn-never", "x"), { code: "EROFS" });
  assert.throws(() => fs.mkdirSync("/tmp-untorn-never"), /only the folder under test can be changed/);
  assert.throws(() => fs.renameSync(here, `${folder}/x`), { code: "EXDEV" });
  fs.copyFileSync(here, `${folder}/copy`);
  assert.equal(fs.statSync(`${folder}/copy`).size, fs.statSync(here).size);
  assert.throws(() => fs.watch(folder), /does not have fs\.watch/);
});

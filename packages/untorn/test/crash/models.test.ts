import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { exploreCrashes } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";

/** Every disk that a model allows after `steps`, as one line each: names with contents, sorted. */
async function disks(
  model: string,
  setup: (port: MemoryPort) => void,
  steps: (port: MemoryPort) => void,
): Promise<string[]> {
  const found = new Set<string>();
  await exploreCrashes<"end">({
    setup,
    workload(port, run) {
      steps(port);
      run.begin("end");
    },
    check(port, { begun }) {
      // Only the end counts: earlier power cuts leave less.
      if (begun.length === 0) return;
      const tree = Object.entries(port.tree()).map(([path, text]) => `${path}=${text ?? "dir"}`);
      found.add(tree.join(" "));
    },
    models: [model],
    kills: false,
  });
  return [...found].sort();
}

const nothing = (): void => undefined;

function write({ fs }: MemoryPort, path: string, text: string, sync: boolean): void {
  const handle = fs.open(path, "create", 0o644);
  fs.write(handle, Buffer.from(text), null);
  if (sync) fs.fsync(handle);
  fs.close(handle);
}

test("the sync of a new file keeps its name in a journal, and not where POSIX alone rules", async () => {
  const steps = (port: MemoryPort): void => write(port, "/a", "A", true);
  assert.deepEqual(await disks("posix", nothing, steps), ["", "/a=A"]);
  for (const model of ["ext4-ordered", "ext4-noauto", "xfs", "btrfs"]) {
    assert.deepEqual(await disks(model, nothing, steps), ["/a=A"], model);
  }
});

test("an unsynced file is whole, empty, full of zeros or missing, as the model says", async () => {
  const steps = (port: MemoryPort): void => write(port, "/a", "AB", false);
  assert.deepEqual(await disks("posix", nothing, steps), ["", "/a=", "/a=\0\0", "/a=A", "/a=AB"]);
  assert.deepEqual(await disks("ext4-ordered", nothing, steps), ["", "/a=", "/a=\0\0", "/a=AB"]);
  assert.deepEqual(await disks("xfs", nothing, steps), ["", "/a=", "/a=AB"]);
  assert.deepEqual(await disks("btrfs", nothing, steps), ["", "/a=", "/a=AB"]);
});

test("ext4 gives a file its size before it is renamed over another one; without auto_da_alloc it does not", async () => {
  const setup = (port: MemoryPort): void => port.put("/a", "old");
  const steps = (port: MemoryPort): void => {
    write(port, "/t", "new", false);
    port.fs.rename("/t", "/a");
  };
  const renamed = async (model: string): Promise<string[]> =>
    (await disks(model, setup, steps)).filter((disk) => !disk.includes("/t") && disk !== "/a=old");
  assert.deepEqual(await renamed("ext4-ordered"), ["/a=\0\0\0", "/a=new"]);
  assert.deepEqual(await renamed("ext4-noauto"), ["/a=", "/a=\0\0\0", "/a=new"]);
  assert.deepEqual(await renamed("xfs"), ["/a=", "/a=new"]);
});

test("a journal keeps names in order, btrfs only what a sync is about, POSIX nothing in order", async () => {
  const steps = (port: MemoryPort): void => {
    for (const path of ["/a", "/b", "/c"]) port.fs.mkdir(path, 0o755);
    write(port, "/x", "X", true);
  };
  const names = async (model: string): Promise<string[]> =>
    (await disks(model, nothing, steps)).map((disk) => disk.replace(/=\w+/g, ""));
  assert.deepEqual(await names("ext4-ordered"), ["/a /b /c /x"]);
  assert.deepEqual(await names("xfs"), ["/a /b /c /x"]);
  assert.deepEqual(await names("btrfs"), ["/a /b /c /x", "/a /b /x", "/a /x", "/x"]);
  assert.equal((await names("posix")).length, 16);
});

test("the sync of a file that was written keeps what the journal had before; btrfs keeps the folder that a kept name is in", async () => {
  const setup = (port: MemoryPort): void => port.put("/x", "old");
  const written = ({ fs }: MemoryPort): void => {
    fs.mkdir("/a", 0o755);
    const handle = fs.open("/x", "overwrite", 0);
    fs.write(handle, Buffer.from("new"), 0);
    fs.fsync(handle);
    fs.close(handle);
    fs.mkdir("/b", 0o755);
  };
  assert.deepEqual(await disks("xfs", setup, written), ["/a=dir /b=dir /x=new", "/a=dir /x=new"]);
  const below = (port: MemoryPort): void => {
    for (const path of ["/d", "/e"]) port.fs.mkdir(path, 0o755);
    write(port, "/d/x", "X", true);
  };
  assert.deepEqual(await disks("btrfs", nothing, below), ["/d=dir /d/x=X", "/d=dir /d/x=X /e=dir"]);
});

test("a directory has one name at a time; a removal takes away what it removed, and not what is there if that was lost", async () => {
  const folders = (port: MemoryPort): void => ["/one", "/two", "/one/d"].forEach((path) => port.putDirectory(path));
  const moved = await disks("posix", folders, ({ fs }) => fs.rename("/one/d", "/two/d"));
  assert.deepEqual(moved, ["/one=dir /one/d=dir /two=dir", "/one=dir /two=dir /two/d=dir"]);
  const files = (port: MemoryPort): void => ["/a", "/t"].forEach((path) => port.put(path, path.slice(1)));
  const steps = ({ fs }: MemoryPort): void => {
    fs.rename("/t", "/a");
    fs.unlink("/a");
  };
  assert.deepEqual(await disks("posix", files, steps), ["", "/a=a /t=t", "/a=t"]);
});

test("what a truncation has cut away is zeros where the file grows over it again", async () => {
  const setup = (port: MemoryPort): void => port.put("/a", "abcdef");
  const steps = ({ fs }: MemoryPort): void => {
    const handle = fs.open("/a", "overwrite", 0);
    fs.truncate(handle, 2);
    fs.write(handle, Buffer.from("x"), 4);
    fs.fsync(handle);
    fs.close(handle);
  };
  for (const model of ["posix", "ext4-ordered", "xfs", "btrfs"])
    assert.deepEqual(await disks(model, setup, steps), ["/a=ab\0\0x"], model);
});

test("what becomes of one file says nothing about another", async () => {
  const setup = (port: MemoryPort): void => ["/a", "/b"].forEach((path) => port.put(path, "o"));
  const steps = ({ fs }: MemoryPort): void => {
    for (const path of ["/a", "/b"]) {
      const handle = fs.open(path, "overwrite", 0);
      fs.write(handle, Buffer.from("n"), 0);
      fs.close(handle);
    }
  };
  for (const model of ["posix", "ext4-ordered", "xfs", "btrfs"])
    assert.deepEqual(await disks(model, setup, steps), ["/a=n /b=n", "/a=n /b=o", "/a=o /b=n", "/a=o /b=o"], model);
});

test("a report says whether every state was looked at", async () => {
  for (const [count, sectors, every] of [
    [3, 3, true],
    [14, 0, false],
    [0, 14, false],
  ] as const) {
    const { models } = await exploreCrashes({
      setup: nothing,
      workload(port) {
        for (let at = 0; at < count; at += 1) port.fs.mkdir(`/${at}`, 0o755);
        write(port, "/file", "x".repeat(512 * sectors), false);
      },
      check: nothing,
      models: ["posix"],
      kills: false,
    });
    assert.deepEqual(
      models.map(({ exhaustive }) => exhaustive),
      [every],
    );
  }
});

test("a rename between directories is one change, or under POSIX two", async () => {
  const setup = (port: MemoryPort): void => {
    port.put("/one/a", "A");
    port.putDirectory("/two");
  };
  const steps = ({ fs }: MemoryPort): void => fs.rename("/one/a", "/two/a");
  assert.deepEqual(await disks("ext4-ordered", setup, steps), [
    "/one=dir /one/a=A /two=dir",
    "/one=dir /two=dir /two/a=A",
  ]);
  assert.equal((await disks("posix", setup, steps)).length, 4);
});

test("the sync of a directory keeps its entries, also those of a rename and a removal", async () => {
  const setup = (port: MemoryPort): void => {
    for (const name of ["a", "b", "c"]) port.put(`/${name}`, name);
  };
  const steps = ({ fs }: MemoryPort): void => {
    fs.rename("/a", "/d");
    fs.unlink("/b");
    fs.syncDirectory("/");
    fs.unlink("/c");
  };
  for (const model of ["posix", "ext4-ordered", "xfs", "btrfs"]) {
    assert.deepEqual(await disks(model, setup, steps), ["/c=c /d=a", "/d=a"], model);
  }
});

test("an overwrite in place is torn by sectors, on btrfs by blocks; what was synced is not", async () => {
  const setup = (port: MemoryPort): void => port.put("/a", "o".repeat(1024));
  const steps = ({ fs }: MemoryPort): void => {
    const handle = fs.open("/a", "overwrite", 0);
    fs.write(handle, Buffer.from("s".repeat(1024)), 0);
    fs.fsync(handle);
    fs.write(handle, Buffer.from("n".repeat(1024)), 0);
    fs.close(handle);
  };
  const shorten = (disk: string): string => disk.replace(/(\w)\1+/g, "$1");
  assert.deepEqual((await disks("xfs", setup, steps)).map(shorten), ["/a=n", "/a=ns", "/a=sn", "/a=s"]);
  assert.deepEqual((await disks("btrfs", setup, steps)).map(shorten), ["/a=n", "/a=s"]);
});

test("a truncation is in the journal: what was written after a lost one is not there", async () => {
  const setup = (port: MemoryPort): void => port.put("/a", "old text");
  const steps = ({ fs }: MemoryPort): void => {
    const handle = fs.open("/a", "overwrite", 0);
    fs.truncate(handle, 0);
    fs.write(handle, Buffer.from("new"), 0);
    fs.close(handle);
  };
  assert.deepEqual(await disks("xfs", setup, steps), ["/a=", "/a=new", "/a=old text"]);
  assert.deepEqual(await disks("ext4-ordered", setup, steps), ["/a=", "/a=\0\0\0", "/a=new", "/a=old text"]);
});

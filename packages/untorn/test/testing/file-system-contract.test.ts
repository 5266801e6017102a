import { mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { nodePort } from "../../src/platform/index.ts";
import { fileSystemContract, memoryPort } from "../../src/testing/index.ts";

const posix = process.platform !== "win32";

describe("the port's contract", () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "untorn-contract-")));
  after(() => rmSync(root, { recursive: true, force: true }));

  const real = fileSystemContract(() => ({
    port: nodePort,
    folder: mkdtempSync(join(root, "case-")),
    symlink: symlinkSync,
  }));
  for (const { name, run } of real) test(`real: ${name}`, { skip: posix ? false : "POSIX only" }, run);

  const memory = fileSystemContract(() => {
    const port = memoryPort();
    port.putDirectory("/ground/case");
    return { port, folder: "/ground/case", symlink: (target, path) => port.symlink(target, path) };
  });
  for (const { name, run } of memory) test(`memory: ${name}`, run);
});

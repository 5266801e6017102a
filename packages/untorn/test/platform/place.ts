// Where the tests of places run: in $UNTORN_PLACE, which `npm run test:platforms` sets to filesystems of many kinds.
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

const root = process.env["UNTORN_PLACE"] ?? tmpdir();

/** A new folder there, removed after the test. */
export function place(t: TestContext): string {
  const path = realpathSync(mkdtempSync(join(root, "untorn-place-")));
  t.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 20 }));
  return path;
}

/** Whether names that differ only in case are one file. */
export function ignoresCase(folder: string): boolean {
  writeFileSync(join(folder, "probe"), "");
  const ignores = existsSync(join(folder, "PROBE"));
  rmSync(join(folder, "probe"));
  return ignores;
}

/** Everything in a folder that is neither expected nor a server's or FUSE's name for a removed file that is still open. */
export function strangers(folder: string, expected: readonly string[]): string[] {
  return readdirSync(folder).filter(
    (name) => !expected.includes(name) && !/^\.(?:nfs|fuse_hidden|sillyrename)/.test(name),
  );
}

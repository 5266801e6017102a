import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ended, runChild, startChild } from "./support/children.ts";
import { folder, isRoot, unexpected } from "./support/places.ts";

/** Saves one file again and again, in both ways, and says so once it runs. */
const constantly = (path: string): string => `
  let count = 0;
  const text = () => "v".repeat(1000 + (count += 1) % 50);
  untorn.writeFileSync(${JSON.stringify(path)}, text());
  fs.writeSync(1, "up\\n");
  for (;;) {
    if (count % 2) await untorn.writeFile(${JSON.stringify(path)}, text(), { durability: "off" });
    else { untorn.writeFileSync(${JSON.stringify(path)}, text(), { durability: "off" }); await new Promise(setImmediate); }
  }
`;

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  test(`a process that writes all the time ends with the first ${signal}`, async (t) => {
    const path = join(folder(t), "file");
    const rounds = signal === "SIGTERM" ? 12 : 3;
    for (let round = 0; round < rounds; round += 2) {
      const both = [0, 1].map(async (which) => {
        const child = startChild(constantly(`${path}${which}`));
        await new Promise((resolve) => void child.stdout?.once("data", resolve));
        await new Promise((resolve) => void setTimeout(resolve, 3 + ((round * 7 + which * 5) % 23)));
        child.kill(signal);
        const guard = setTimeout(() => child.kill("SIGKILL"), 10_000);
        const { signal: by } = await ended(child);
        clearTimeout(guard);
        assert.equal(by, signal);
        assert.match(readFileSync(`${path}${which}`, "utf8"), /^v{1000,1049}$/);
      });
      await Promise.all(both);
    }
  });
}

test("the library installs no handler and keeps no process alive", () => {
  const code = `
    const before = process.eventNames().map(String).sort();
    const path = ${JSON.stringify(join(process.cwd(), "package.json"))};
    await untorn.readFile(path);
    await attempt(() => untorn.writeFile(path + "/x", "x"));
    const after = process.eventNames().map(String).sort();
    report(JSON.stringify(before) === JSON.stringify(after));
  `;
  const { status, report } = runChild(code);
  assert.equal(status, 0);
  assert.equal(report, true);
});

/** Three processes with the same pid each (in namespaces of their own), or with their own pids where that needs root. */
async function writers(t: { after(fn: () => void): void }, place: string, wrap: readonly string[]): Promise<string[]> {
  const code = `
    const answers = [];
    for (let i = 0; i < 150; i += 1) {
      const { error } = await attempt(() => untorn.writeFile(${JSON.stringify(join(place, "file"))}, String(i % 10).repeat(3000), { durability: "off" }));
      if (error) answers.push(error.message);
      const text = fs.readFileSync(${JSON.stringify(join(place, "file"))}, "utf8");
      if (text.length !== 3000 || new Set(text).size !== 1) answers.push("torn: " + text.length);
    }
    report({ pid: process.pid, scope: nodePort.identity.scope, answers });
  `;
  const outputs = await Promise.all(
    [1, 2, 3].map(async () => {
      const child = startChild(code, { wrap });
      t.after(() => child.kill("SIGKILL"));
      let text = "";
      child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
      child.stdin?.end();
      await ended(child);
      return text;
    }),
  );
  return outputs;
}

test("processes in different pid namespaces that write one file never meet each other's temps", async (t) => {
  const place = folder(t);
  const path = join(place, "file");
  writeFileSync(path, "0".repeat(3000));
  if (!isRoot) return t.skip("making a pid namespace needs root");
  const probe = runChild("report(process.pid)", { wrap: ["unshare", "--pid", "--fork", "--mount-proc"] });
  if (probe.status !== 0) return t.skip(`unshare: ${probe.stderr.trim().split("\n")[0]}`);
  const outputs = await writers(t, place, ["unshare", "--pid", "--fork", "--mount-proc"]);
  const reports = outputs.map((text) => JSON.parse(text) as { pid: number; scope: string; answers: string[] });
  assert.deepEqual(
    reports.map(({ pid }) => pid),
    [1, 1, 1],
    "every one of them should be pid 1",
  );
  assert.equal(new Set(reports.map(({ scope }) => scope)).size, 3);
  assert.deepEqual(
    reports.flatMap(({ answers }) => answers),
    [],
  );
  assert.deepEqual(unexpected(place, ["file"]), []);
});

test("processes side by side that write one file: every read sees a whole content", async (t) => {
  const place = folder(t);
  writeFileSync(join(place, "file"), "0".repeat(3000));
  const outputs = await writers(t, place, []);
  for (const text of outputs) assert.deepEqual((JSON.parse(text) as { answers: string[] }).answers, []);
  assert.deepEqual(unexpected(place, ["file"]), []);
});

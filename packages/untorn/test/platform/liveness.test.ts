import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { nodePort } from "../../src/platform/index.ts";

const skip = process.platform !== "linux" && "what a process is can be read from /proc on Linux only";

/** Status and start time, fields 3 and 22 of /proc/PID/stat (proc(5)). */
function statOf(pid: number): { readonly state: string; readonly startTime: string } {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", startTime: Number(fields[19]).toString(36) };
}

test(
  "who has ended and is not yet waited for is dead, although the system still finds its pid",
  { skip },
  async (t) => {
    // The shell becomes a program that waits for nobody, so its child stays a zombie.
    const parent = spawn("sh", ["-c", "sleep 0.2 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "inherit"] });
    t.after(() => parent.kill("SIGKILL"));
    const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
    const pid = Number(line);
    const { startTime } = statOf(pid);
    const { scope } = nodePort.identity;
    for (let waited = 0; statOf(pid).state !== "Z"; waited += 10) {
      assert.ok(waited < 10_000, "it does not end");
      await sleep(10);
    }
    process.kill(pid, 0);
    assert.equal(nodePort.liveness({ pid, startTime, scope }), "dead");
  },
);

const threads = `
import ctypes, platform, threading, time
threading.Thread(target=lambda: time.sleep(3)).start()
print("", flush=True)
# exit(2) of this thread alone, as a SIGKILL ends each thread when it can.
ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[platform.machine()], 0)
`;
const noThreads =
  spawnSync("python3", ["-c", "import ctypes"]).status !== 0 &&
  "there is no Python whose threads can be ended one by one";

test("whose first thread has ended is not dead while another still works", { skip: skip || noThreads }, async (t) => {
  const child = spawn("python3", ["-c", threads], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const closed = once(child, "exit");
  await once(createInterface({ input: child.stdout }), "line");
  const pid = child.pid as number;
  const { startTime } = statOf(pid);
  const { scope } = nodePort.identity;
  for (let waited = 0; statOf(pid).state !== "Z"; waited += 5) {
    assert.ok(waited < 2_500, "its first thread does not end");
    await sleep(5);
  }
  assert.equal(nodePort.liveness({ pid, startTime, scope }), "alive");
  await closed;
  assert.equal(nodePort.liveness({ pid, startTime, scope }), "dead");
});

test("a process is told by pid, start time and scope; where one cannot be compared nothing is proven", { skip }, () => {
  const { pid, startTime, scope } = nodePort.identity;
  assert.equal(startTime, statOf(process.pid).startTime);
  for (const [wanted, identity] of [
    ["alive", { pid, startTime, scope }],
    ["dead", { pid, startTime: `${startTime}1`, scope }],
    ["alive", { pid, startTime: "0", scope }],
    ["unknown", { pid, startTime, scope: "00000000" }],
    // No such process: above the largest pid of the kernel.
    ["dead", { pid: 4_194_305, startTime, scope }],
    ["unknown", { pid: 4_194_305, startTime, scope: "00000000" }],
  ] as const) {
    assert.equal(nodePort.liveness(identity), wanted, JSON.stringify(identity));
  }
});

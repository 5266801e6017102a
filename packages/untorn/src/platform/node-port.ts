import { randomBytes } from "node:crypto";
import type { Port } from "./file-system.ts";
import { liveness, ownIdentity } from "./identity.ts";
import { nativeExtensions } from "./native.ts";
import { nodeFileSystem, nodeFileSystemLater } from "./node-file-system.ts";

const sleepingCell = new Int32Array(new SharedArrayBuffer(4));

const poolBytes = 4096;
let randomPool = "";
let randomUsed = 0;

/** 64 random bits as 16 hex digits. */
function randomName(): string {
  if (randomUsed === randomPool.length) {
    randomPool = randomBytes(poolBytes).toString("hex");
    randomUsed = 0;
  }
  return randomPool.slice(randomUsed, (randomUsed += 16));
}

/** This machine. */
export const nodePort: Port = {
  fs: nodeFileSystem,
  later: nodeFileSystemLater,
  traits: {
    replaceMayBeRefused: process.platform === "win32",
    get kernelLocks() {
      return nativeExtensions() !== null;
    },
    locksRest: true,
  },
  clock: {
    now: Date.now,
    pause: (ms) => void Atomics.wait(sleepingCell, 0, 0, ms),
    later: (ms, cut) =>
      new Promise((resolve) => {
        if (cut?.aborted === true) return resolve();
        const timer = setTimeout(end, ms);
        cut?.addEventListener("abort", end);
        function end(): void {
          clearTimeout(timer);
          cut?.removeEventListener("abort", end);
          resolve();
        }
      }),
  },
  randomName,
  get identity() {
    return ownIdentity();
  },
  liveness,
};

import { randomFillSync } from "node:crypto";
import type { Port } from "./file-system.ts";
import { liveness, ownIdentity } from "./identity.ts";
import { nativeExtensions } from "./native.ts";
import { nodeFileSystem, nodeFileSystemLater } from "./node-file-system.ts";

const sleepingCell = new Int32Array(new SharedArrayBuffer(4));

const randomPool = Buffer.alloc(4096);
let randomUsed = randomPool.length;

/** 64 random bits as 16 hex digits. */
function randomName(): string {
  if (randomUsed === randomPool.length) {
    randomFillSync(randomPool);
    randomUsed = 0;
  }
  return randomPool.toString("hex", randomUsed, (randomUsed += 8));
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
  },
  clock: {
    now: Date.now,
    pause: (ms) => void Atomics.wait(sleepingCell, 0, 0, ms),
    later: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
  },
  randomName,
  get identity() {
    return ownIdentity();
  },
  liveness,
};

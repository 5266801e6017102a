import { nodePort } from "../platform/index.ts";
import type { Port } from "../platform/index.ts";
import { runSync } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";
import { removeFolderIfEmpty } from "./announce.ts";

/**
 * Making and removing a folder costs more than all the rest of a lock (ext4: about 180 of 280 us). So a lock that is taken
 * again within this many milliseconds of its release keeps its empty folder, until it has rested for as long or the process
 * exits. A lock taken once removes its folder at once. Only on the real machine: a simulated one has no timers.
 */
const restMs = 25;

const recent = new Map<string, NodeJS.Timeout>();
let listening = false;

export function* removeFolderSoon(port: Port, folder: string): Protocol<void> {
  // Whoever wraps the port (an order of calls, shared syncs) has its file system all the same.
  if (port.fs === nodePort.fs) {
    const timer = recent.get(folder);
    if (timer !== undefined) {
      timer.refresh();
      return;
    }
    recent.set(folder, setTimeout(removeNow, restMs, folder).unref());
    if (!listening) {
      listening = true;
      process.once("exit", () => [...recent.keys()].forEach(removeNow));
    }
  }
  yield* removeFolderIfEmpty(folder);
}

function removeNow(folder: string): void {
  recent.delete(folder);
  runSync(nodePort, removeFolderIfEmpty(folder));
}

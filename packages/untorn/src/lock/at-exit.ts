import type { Port } from "../platform/index.ts";
import { runSync } from "../protocol/index.ts";
import { removeFolderIfEmpty, withdraw } from "./announce.ts";
import type { Announced } from "./announce.ts";
import type { Place } from "./place.ts";

/**
 * A process that ends while it holds a lock (`process.exit`, an uncaught error, a release that was forgotten) takes its
 * records away on the way out, so that no lock folder stays. A killed one cannot; its record is dead and hinders nobody.
 */
interface Standing {
  readonly place: Place;
  readonly announced: Announced;
  readonly shared: boolean;
}

const standing = new Map<Standing, Port>();
let listening = false;

export function rememberHeld(port: Port, held: Standing): void {
  standing.set(held, port);
  if (listening) return;
  listening = true;
  process.once("exit", () => {
    for (const [{ place, announced }, port] of standing) {
      try {
        runSync(port, withdraw(port, place, announced));
        runSync(port, removeFolderIfEmpty(place.folder));
      } catch {
        // The record stays and is dead a moment later.
      }
    }
  });
}

/** Whether this thread holds such a lock. */
export function holdsLock(port: Port, isSuch: (held: Standing) => boolean): boolean {
  for (const [held, { fs }] of standing) if (fs === port.fs && isSuch(held)) return true;
  return false;
}

export function forgetHeld(held: Standing): void {
  standing.delete(held);
}

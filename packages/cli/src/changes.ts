import { subscribe } from "node:diagnostics_channel";

let changed = false;

/** What the library reports of a change: of a write, a transaction, a recovery's action. */
interface Reported {
  readonly outcome?: string;
  readonly kind?: string;
}

const done = new Set(["written", "committed", "done"]);
const idle = new Set(["leave", "lost"]);

/** Listens to what the library reports, from here to the end of the process. */
export function noteChanges(): void {
  for (const channel of ["untorn:write", "untorn:transaction", "untorn:recover"]) {
    subscribe(channel, (message) => {
      const { outcome = "", kind = "" } = message as Reported;
      if (done.has(outcome) && !idle.has(kind)) changed = true;
    });
  }
}

/** Whether this process is known to have changed a file: then an output that fails is no reason to say that nothing was. */
export function hasChanged(): boolean {
  return changed;
}

import { subscribe } from "node:diagnostics_channel";

let changed = false;

/** Listens to what the library reports, from here to the end of the process. */
export function noteChanges(): void {
  for (const channel of ["untorn:write", "untorn:transaction"]) {
    subscribe(channel, (message) => {
      const { outcome } = message as { readonly outcome?: unknown };
      if (outcome === "written" || outcome === "committed") changed = true;
    });
  }
}

/** Whether this process has changed a file: then an output that fails is no reason to say that nothing was. */
export function hasChanged(): boolean {
  return changed;
}

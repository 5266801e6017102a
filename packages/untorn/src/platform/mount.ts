import { readFileSync } from "node:fs";

/** The mount that a folder is on. */
export interface Mount {
  readonly type: string;
  readonly at: string;
  readonly options: readonly string[];
}

/** From /proc/self/mountinfo (proc(5)); `undefined` where there is none. `path` is without symbolic links. */
export function mountOf(path: string): Mount | undefined {
  let text: string;
  try {
    text = readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return undefined;
  }
  let best: Mount | undefined;
  for (const line of text.split("\n")) {
    const [front = "", back = ""] = line.split(" - ");
    const [, , , , at = "", own = ""] = front.split(" ");
    const [type = "", , superOptions = ""] = back.split(" ");
    const place = at.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    const inside = place === "/" || path === place || path.startsWith(`${place}/`);
    // A later mount at the same place covers the earlier one.
    if (!inside || place === "" || place.length < (best?.at.length ?? 0)) continue;
    best = { type, at: place, options: [...new Set([...own.split(","), ...superOptions.split(",")])] };
  }
  return best;
}

import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { checkPath } from "./arguments.ts";
import { systemCodeOf, toUntornError } from "./errors.ts";
import { tryKernelLock } from "./kernel-lock.ts";
import { filesystem, freeSpace } from "./probe-place.ts";
import { nativeExtensions, whyNoNative } from "./native.ts";

/** What one probe of a folder's filesystem found. */
export interface Probe {
  readonly name:
    | "filesystem"
    | "writable"
    | "replace"
    | "file sync"
    | "directory sync"
    | "hard links"
    | "symbolic links"
    | "letter case"
    | "permissions"
    | "attributes"
    | "locks"
    | "free space";
  /** `weaker`: a guarantee does not hold in full here; `fact` says which. `unknown`: it could not be tried. */
  readonly state: "good" | "weaker" | "unknown";
  readonly fact: string;
  /** What to change. */
  readonly advice?: string;
}

/** How the folder is named in which a filesystem is tried out; a recovery knows by it what a kill has left. */
export const probePrefix = ".untorn-probe-";

/** What is made in such a folder, here and where the cost of writing is measured; a recovery removes nothing else from one. */
export const probeNames = [
  "old",
  "new",
  "synced",
  "one",
  "two",
  "link",
  "case",
  "private",
  "attributes",
  "lock",
  "plain",
  "off",
  "normal",
  "full",
] as const;

export type ProbeName = (typeof probeNames)[number];

function at(place: string, name: ProbeName): string {
  return join(place, name);
}

/**
 * Tries out, in a folder of its own that it removes again, what untorn relies on. The facts are those of this filesystem, kernel
 * and user; what a disk does with a sync nobody can see from here.
 *
 * @throws UntornError, outcome `unchanged`, if the folder cannot be looked at, or a close or the removal fails; a folder of its own
 * that stays is named `.untorn-probe-...`, and a recovery clears it away.
 */
export function probeFolder(path: string): Probe[] {
  checkPath(path);
  try {
    return probed(path);
  } catch (error) {
    throw toUntornError(error, { path, phase: "read", outcome: "unchanged" });
  }
}

function probed(path: string): Probe[] {
  const directory = realpathSync(path);
  const probes = [filesystem(directory), freeSpace(directory)];
  let place: string;
  try {
    place = mkdtempSync(join(directory, probePrefix));
  } catch (error) {
    const fact = `nothing can be written here (${systemCodeOf(error)})`;
    return [
      ...probes,
      {
        name: "writable",
        state: "weaker",
        fact,
        advice: "Check owner and mode of the folder, and whether it is mounted read-only.",
      },
    ];
  }
  try {
    return [
      ...probes,
      { name: "writable", state: "good", fact: "files can be made here" },
      ...tries.map((attempt) => attempt(place)),
    ];
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

type Attempt = (place: string) => Probe;

/** Runs a probe; what it throws is the finding. */
function attempt(
  name: Probe["name"],
  good: string,
  bad: string,
  advice: string,
  run: (place: string) => boolean,
): Attempt {
  return (place) => {
    try {
      if (run(place)) return { name, state: "good", fact: good };
      return { name, state: "weaker", fact: bad, advice };
    } catch (error) {
      return { name, state: "weaker", fact: `${bad} (${systemCodeOf(error) ?? String(error)})`, advice };
    }
  };
}

const tries: readonly Attempt[] = [
  attempt(
    "replace",
    "a file is replaced in one step, also while it is being read",
    "a file cannot be replaced while it is being read",
    "Writes wait for readers to close the file, for up to ten seconds: keep readers short.",
    (place) => {
      const [old, fresh] = [at(place, "old"), at(place, "new")];
      writeFileSync(old, "old");
      writeFileSync(fresh, "new");
      const reader = openSync(old, "r");
      try {
        renameSync(fresh, old);
      } finally {
        closeSync(reader);
      }
      // Not with "utf8": Node then ends the whole process where the close fails (node_file.cc, ReadFileUtf8).
      return readFileSync(old).toString() === "new" && !existsSync(fresh);
    },
  ),
  attempt(
    "file sync",
    "the content of files can be synced",
    "files cannot be synced: new content may be lost by a power cut",
    "Use another filesystem for state.",
    (place) => {
      const handle = openSync(at(place, "synced"), "w");
      try {
        fsyncSync(handle);
        return true;
      } finally {
        closeSync(handle);
      }
    },
  ),
  attempt(
    "directory sync",
    "directories can be synced: durability 'full' is kept",
    "directories cannot be synced: after a power cut a file may have its old content",
    "Durability 'full' is no more than 'normal' here; receipts say so.",
    (place) => {
      const handle = openSync(place, "r");
      try {
        fsyncSync(handle);
        return true;
      } finally {
        closeSync(handle);
      }
    },
  ),
  attempt(
    "hard links",
    "a file may have several names: ifAbsent is safe under a race, generations cost no copy",
    "there are no hard links: ifAbsent is refused, generations are copies",
    "Take a lock and write without ifAbsent.",
    (place) => {
      writeFileSync(at(place, "one"), "");
      linkSync(at(place, "one"), at(place, "two"));
      return statSync(at(place, "two")).nlink === 2;
    },
  ),
  attempt(
    "symbolic links",
    "symbolic links can be made",
    "symbolic links cannot be made",
    "Nothing in untorn needs them.",
    (place) => {
      symlinkSync("one", at(place, "link"));
      return true;
    },
  ),
  attempt(
    "letter case",
    "names that differ in case are different files",
    "names that differ only in case are one file",
    "Do not tell files apart by case.",
    (place) => {
      writeFileSync(at(place, "case"), "");
      return !existsSync(join(place, "CASE"));
    },
  ),
  attempt(
    "permissions",
    "permission bits are kept",
    "permission bits are not kept: private files are not private here",
    "Keep secrets on another filesystem.",
    (place) => {
      const path = at(place, "private");
      writeFileSync(path, "", { mode: 0o600 });
      chmodSync(path, 0o640);
      return (statSync(path).mode & 0o777) === 0o640;
    },
  ),
  attributes,
  locks,
];

function attributes(place: string): Probe {
  const name = "attributes";
  const native = nativeExtensions();
  if (native === null) {
    const fact = `extended attributes and access lists are not kept: ${whyNoNative()}`;
    const advice = "Install it (an optional dependency), and run Node, if your files have any.";
    return { name, state: "unknown", fact, advice };
  }
  const handle = openSync(at(place, "attributes"), "w");
  try {
    native.setAttrSync(handle, "user.untorn", Buffer.from("probe"));
    const kept = native.getAttrSync(handle, "user.untorn")?.toString() === "probe";
    return {
      name,
      state: kept ? "good" : "weaker",
      fact: kept ? "extended attributes are kept" : "extended attributes are not kept",
    };
  } catch (error) {
    return {
      name,
      state: "good",
      fact: `there are no extended attributes here (${systemCodeOf(error)}), so none are lost`,
    };
  } finally {
    closeSync(handle);
  }
}

function locks(place: string): Probe {
  const name = "locks";
  const first = openSync(at(place, "lock"), "w+");
  const second = openSync(at(place, "lock"), "r+");
  try {
    const excluded = tryKernelLock(first, false) && !tryKernelLock(second, false);
    if (excluded) return { name, state: "good", fact: "the kernel keeps locks and frees them when their holder ends" };
    return { name, state: "weaker", fact: "the kernel grants a lock twice", advice: "Let one process write here." };
  } catch (error) {
    const fact = `the kernel keeps no locks here (${systemCodeOf(error)}): a dead holder is told by its process id, which only this host and container can check`;
    return {
      name,
      state: "weaker",
      fact,
      advice: "Install fs-native-extensions, or let one machine and container write here.",
    };
  } finally {
    closeSync(second);
    closeSync(first);
  }
}

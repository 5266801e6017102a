import type { ErrorCode, Outcome, Phase } from "./errors.ts";

/** Per code: what went wrong, and what to do next. Kept apart from the class so that all wording is in one place. */
const sentences: Readonly<Record<ErrorCode, readonly [problem: string, next: string]>> = {
  UNTORN_ABORTED: ["the call was aborted", ""],
  UNTORN_AMBIGUOUS: [
    "more than one thing in the document matches",
    "Say which one: name the heading it is under, or its index.",
  ],
  UNTORN_BUSY: [
    "the system says the file is in use",
    "If it is mounted by itself (a container's bind mount), it cannot be replaced by renaming: mount its folder, or pass inPlace: 'journaled'.",
  ],
  UNTORN_COMPACTED: [
    "the store does not remember changes that far back",
    "List the keys again, and watch from the revision that the listing has.",
  ],
  UNTORN_CONFLICT: ["the content is not the one that was expected", "Read it again and decide on what is there now."],
  UNTORN_CORRUPT: ["the content is corrupt", "Nothing was saved over it; `untorn recover` looks for a good copy."],
  UNTORN_CROSS_DEVICE: [
    "the two places are on different filesystems",
    "Write to the target directly; a rename cannot cross filesystems.",
  ],
  UNTORN_DISK_FULL: ["there is no room (disk, quota or file-size limit)", "Free some space and call again."],
  UNTORN_EXISTS: ["the file exists already", "Leave out ifAbsent to replace it."],
  UNTORN_FENCED: [
    "the lease does not hold any more",
    "Stop what you were doing under it; take the lease again and read everything again before you go on.",
  ],
  UNTORN_HARD_LINK: [
    "the file has more than one name (hard links), and hardlinks is 'refuse'",
    "Pass hardlinks: 'break' to replace this name only.",
  ],
  UNTORN_INCOMPLETE: [
    "the transaction is committed, but applying it to the files failed part of the way",
    "Mend the cause, then run the next transaction or `untorn recover --apply`: either completes it.",
  ],
  UNTORN_INVALID: ["the new content is not valid", "Nothing was written; mend the content and call again."],
  UNTORN_INVALID_ARGUMENT: ["an argument is not valid", ""],
  UNTORN_IO: ["the disk reported an error", "Check the disk and the system log before you trust it."],
  UNTORN_IS_DIRECTORY: ["there is a directory in the way", "Name a file."],
  UNTORN_LOCKED: [
    "it is locked by somebody else",
    "Wait longer for them (timeoutMs, lockTimeoutMs), or, if you are sure that they are gone, run `untorn lock --break FILE`.",
  ],
  UNTORN_LOCK_LOST: [
    "the lock was taken away (`untorn lock --break`, or somebody removed its folder)",
    "Take the lock again, and read the file again before you change it.",
  ],
  UNTORN_NAME_TOO_LONG: ["the name is longer than the filesystem allows", "Use a shorter name."],
  UNTORN_NEWER: [
    "a newer version of untorn left a transaction here that this version cannot read",
    "Use that version, or a newer one, on this folder.",
  ],
  UNTORN_NOT_A_FILE: ["it is not a regular file (a device, pipe or socket)", "Write to such a thing directly."],
  UNTORN_NOT_FOUND: ["no such file or directory", "Check the path; mkdir: true makes missing directories."],
  UNTORN_NO_MATCH: ["nothing in the document matches", "Check the name; what is there is listed."],
  UNTORN_ORDER: [
    "a call for this file that was made earlier still reads from its stream or is being committed, so a synchronous call cannot come after it",
    "Await the earlier call first.",
  ],
  UNTORN_OUTSIDE: [
    "the path leads out of the folder that it must stay in",
    "Name a file inside; symbolic links that lead out are not followed.",
  ],
  UNTORN_PERMISSION: ["permission was denied", "Check the owner and mode of the file and of its folder."],
  UNTORN_READ_ONLY: [
    "the filesystem is read-only",
    "Remount it for writing; if it turned read-only by itself, check the disk.",
  ],
  UNTORN_SHORT_WRITE: ["fewer bytes arrived than were written", "Check the disk's free space and health."],
  UNTORN_SHRINK: [
    "the new content is much smaller than the old, and allowShrink is false",
    "If that is meant, leave allowShrink out for this call.",
  ],
  UNTORN_SOURCE: ["the source of the data failed before it was complete", "Look at the cause, then call again."],
  UNTORN_SYMLINK: ["it is a symbolic link, and symlinks is 'refuse'", "Name the file that it points to."],
  UNTORN_SYMLINK_LOOP: ["too many symbolic links, or a loop of them", "Look where the links point."],
  UNTORN_SYSTEM: ["the system refused", ""],
  UNTORN_TOO_MANY_OPEN: ["too many files are open", "Close some, or raise the limit (ulimit -n)."],
  UNTORN_UNSUPPORTED: ["this filesystem or platform cannot do that", ""],
};

/** What Node says where it runs with --permission. */
const permissionModel = "ERR_ACCESS_DENIED";

/** The standard sentence for a code. */
export function describe(code: ErrorCode, systemCode: string | undefined): string {
  const sentence = systemCode === permissionModel ? "Node's permission model refused it" : sentences[code][0];
  return systemCode === undefined ? sentence : `${sentence} (${systemCode})`;
}

/** The standard advice for a code, possibly empty. */
export function advice(code: ErrorCode, phase: Phase, systemCode: string | undefined): string {
  if (systemCode === permissionModel) {
    return "It takes --allow-fs-write for the folder, and --allow-fs-read for it and those above it; a sync, and a change of mode, Node refuses under --permission whatever is allowed (docs/platforms.md).";
  }
  if (code === "UNTORN_NOT_FOUND" && (phase === "read" || phase === "recover")) return "Check the path.";
  return sentences[code][1];
}

/** What is on disk now, in words. */
export function outcomeSentence(outcome: Outcome, phase: Phase): string {
  if (phase === "arguments") return "Nothing was touched.";
  if (phase === "lock") return "Nothing was written.";
  if (outcome === "unchanged") return phase === "read" ? "Nothing was changed." : "What was there is unchanged.";
  if (outcome === "replaced") {
    return phase === "sync-directory"
      ? "The new content is in place, but may not survive a power cut."
      : "The new content is in place.";
  }
  return "Whether the new content is in place could not be found out: read the file before you go on.";
}

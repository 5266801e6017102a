import type { Status } from "../platform/index.ts";
import type { Problem } from "../formats/index.ts";
import type { Scheme } from "./temp-schemes.ts";

/** What a content is worth. */
export type Worth =
  /** Its name carries its digest, and it matches: every byte is there. */
  | "complete"
  /** It is whole by the rules of its format. */
  | "valid"
  /** Its digest does not match, or its format says that something is wrong. */
  | "invalid"
  /** Nothing is known about this kind of file, so nothing proves that it was not cut off. */
  | "unproven"
  /** It could not be read. */
  | "unreadable"
  /** Nobody had to look: what becomes of it does not depend on it. */
  | "not looked at";

/** A file that was left beside a target: a temp of some program. */
export interface Orphan {
  readonly path: string;
  readonly name: string;
  readonly scheme: Scheme;
  /** `tmp`: new content; `bak`: the old content of an interrupted in-place write; `part`: belongs to a transaction. */
  readonly kind: "tmp" | "bak" | "part";
  readonly writer: "alive" | "dead" | "unknown";
  readonly pid: number | undefined;
  /** How long it has not been written to, milliseconds. */
  readonly quietMs: number;
  /** Its writer is gone: proven, or it has been quiet for long enough. */
  readonly abandoned: boolean;
  /** It belongs to a user who has no say in this folder, so its content is not trusted. */
  readonly stranger: boolean;
  readonly bytes: number;
  readonly mtimeMs: number;
  readonly ino: number;
  /** The digest in an untorn name. */
  readonly digest: string | undefined;
  worth: Worth;
  problem?: Problem | undefined;
  /** SHA-256 of the content, where it was read. */
  etag?: string | undefined;
}

/** The newest generation that can come back. */
export interface UsableGeneration {
  readonly path: string;
  readonly number: number;
  readonly mtimeMs: number;
}

/** One file, and everything that was found for it. */
export interface TargetFacts {
  /** The file; `undefined` for orphans whose name does not say what they were for. */
  readonly path: string | undefined;
  readonly state: "whole" | "corrupt" | "missing" | "unreadable" | "not a file";
  readonly problem: Problem | undefined;
  readonly format: string | undefined;
  /** SHA-256 of the content, where there are orphans to compare it with. */
  readonly etag: string | undefined;
  readonly status: Status | undefined;
  /** Newest first. */
  readonly orphans: readonly Orphan[];
  readonly generation: UsableGeneration | undefined;
  /** Where there are staged files: the root above them in which a transaction was left unfinished, and may need them. */
  readonly unfinished: string | undefined;
  /** When untorn removed the file, milliseconds since 1970: it is missing on purpose. */
  readonly removedMs: number | undefined;
  /** A generation that is another name of the file as it is now: its keeper was killed before the replace. */
  readonly sharedGeneration: string | undefined;
}

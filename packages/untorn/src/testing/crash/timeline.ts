import type { Effect } from "../effects.ts";
import { contentOf, rootIno } from "../volume.ts";
import type { Inode, Volume } from "../volume.ts";
import type { EntryUnit } from "./entry-units.ts";
import type { Mark, Recording } from "./recording.ts";
import type { KillStep } from "./token.ts";
import type { PointView, StateChoice, StateSpace } from "./states.ts";

/** What happened, line by line, and what became of it. */
export function powerTimeline(recording: Recording, space: StateSpace, choice: StateChoice): string[] {
  const view = space.view(choice.point);
  const lines = story(recording, choice.point.effects, choice.point.marks, (at, effect) =>
    fate(view, choice, at, effect),
  );
  return [...lines, `    -- power cut (${space.model.name}) --`];
}

/** The same for a killed process: everything that it did is there. */
export function killTimeline(recording: Recording, { effects, marks, half }: KillStep): string[] {
  const cut = half === true ? `, in the middle of its write number ${effects + 1}` : "";
  return [...story(recording, effects, marks, () => ""), `    -- the process is killed${cut} --`];
}

function story(
  recording: Recording,
  effects: number,
  marks: number,
  fateOf: (at: number, effect: Effect) => string,
): string[] {
  const paths = new Paths(recording.base);
  const lines: string[] = [];
  let mark = 0;
  for (let at = 0; at <= effects; at += 1) {
    while (mark < marks && recording.marks[mark]?.at === at) {
      const told = recording.marks[mark] as Mark;
      lines.push(told.kind === "note" ? `    (${told.text})` : `    ${told.kind} ${text(told.version)}`);
      mark += 1;
    }
    const recorded = at < effects ? recording.effects[at] : undefined;
    if (recorded === undefined) continue;
    const line = `${String(at + 1).padStart(3)} ${paths.describe(recorded.effect)}`;
    const end = fateOf(at, recorded.effect);
    lines.push(end === "" ? line : `${line.padEnd(60)}  ${end}`);
  }
  return lines;
}

/** What became of one effect. */
function fate(view: PointView, choice: StateChoice, at: number, effect: Effect): string {
  if (effect.kind === "sync") return "";
  if (effect.kind === "write" || (effect.kind === "truncate" && !view.units.some((unit) => unit.at === at))) {
    const open = view.changes.contentsOf(effect.ino, view.units, keptOf(view.units, choice));
    const pending = view.changes.pendingSince(effect.ino);
    if (open === undefined || at < pending) return "synced";
    // What became of several unsynced changes of one file is told at the last of them.
    const last = view.changes.lastOf(effect.ino);
    if (at < last) return "not synced: see below";
    const label = open.list[choice.contents.get(effect.ino) ?? 0]?.label ?? "kept";
    return label === "kept" ? "not synced, kept" : `NOT SYNCED: ${label}`;
  }
  const parts = view.units.flatMap((unit, index) => {
    if (unit.at !== at) return [];
    const kept = view.durable[index] === true ? "synced" : choice.kept[index] === false ? "LOST" : "not synced, kept";
    return [unit.part === "whole" ? kept : `${unit.part === "new-name" ? "new name" : "old name"}: ${kept}`];
  });
  return parts.join(", ");
}

function keptOf(units: readonly EntryUnit[], choice: StateChoice): boolean[] {
  return units.map((_, index) => choice.kept[index] !== false);
}

/** Names for inode numbers, as they were when each effect happened. */
class Paths {
  readonly #paths = new Map<number, string>();

  constructor(base: Volume) {
    const visit = (path: string, inode: Inode): void => {
      for (const { name, ino } of inode.entries.values()) {
        this.#paths.set(ino, `${path}/${name}`);
        const child = base.get(ino);
        if (child.kind === "directory") visit(`${path}/${name}`, child);
      }
    };
    this.#paths.set(rootIno, "/");
    visit("", base.get(rootIno));
  }

  describe(effect: Effect): string {
    switch (effect.kind) {
      case "make": {
        const path = this.#name(effect.directory, effect.name);
        this.#paths.set(effect.inode.ino, path);
        return `${effect.inode.kind === "directory" ? "mkdir" : "create"} ${path}`;
      }
      case "link":
        return `link ${this.#of(effect.ino)} as ${this.#name(effect.directory, effect.name)}`;
      case "unlink":
        return `remove ${this.#name(effect.directory, effect.name)}`;
      case "rename": {
        const target = this.#name(effect.toDirectory, effect.toName);
        this.#paths.set(effect.ino, target);
        return `rename ${this.#name(effect.directory, effect.name)} to ${target}`;
      }
      case "write":
        return `write ${this.#of(effect.ino)}, ${effect.bytes.byteLength} bytes at ${effect.position}`;
      case "truncate":
        return `truncate ${this.#of(effect.ino)} to ${effect.size} bytes`;
      case "metadata":
        return `set mode ${effect.mode.toString(8)}, owner ${effect.uid}:${effect.gid} of ${this.#of(effect.ino)}`;
      default:
        return `sync ${this.#of(effect.ino)}`;
    }
  }

  #of(ino: number): string {
    return this.#paths.get(ino) ?? `inode ${ino}`;
  }

  #name(directory: number, name: string): string {
    const path = this.#of(directory);
    return path === "/" ? `/${name}` : `${path}/${name}`;
  }
}

/** What is on a disk, one line per name. */
export function diskLines(volume: Volume): string[] {
  const lines: string[] = [];
  const visit = (path: string, inode: Inode): void => {
    for (const { name, ino } of [...inode.entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const child = volume.get(ino);
      if (child.kind === "directory") {
        lines.push(`    ${path}/${name}/`);
        visit(`${path}/${name}`, child);
      } else
        lines.push(`    ${path}/${name}  ${child.kind === "symlink" ? `-> ${child.target}` : show(contentOf(child))}`);
    }
  };
  visit("", volume.get(rootIno));
  return lines.length === 0 ? ["    (nothing)"] : lines;
}

function show(bytes: Uint8Array): string {
  if (bytes.byteLength === 0) return "empty";
  if (bytes.every((byte) => byte === 0)) return `${bytes.byteLength} bytes, all zero`;
  const start = JSON.stringify(Buffer.from(bytes.subarray(0, 60)).toString("latin1"));
  return `${bytes.byteLength} bytes: ${start}${bytes.byteLength > 60 ? " ..." : ""}`;
}

function text(version: unknown): string {
  const whole = typeof version === "string" ? version : (JSON.stringify(version) ?? "undefined");
  return whole.length > 60 ? `${whole.slice(0, 60)} ...` : whole;
}

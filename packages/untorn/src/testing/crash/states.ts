import { SeededRandom } from "../seeded-random.ts";
import { contentOf } from "../volume.ts";
import type { Volume } from "../volume.ts";
import { durableUnits } from "./durable-units.ts";
import { entryUnits, keepUnit } from "./entry-units.ts";
import type { EntryUnit } from "./entry-units.ts";
import { FileChanges } from "./file-changes.ts";
import type { OpenContent } from "./file-changes.ts";
import type { Content } from "./file-contents.ts";
import { contentKey, Digest, listNames } from "./image-digest.ts";
import type { PersistenceModel } from "./model.ts";
import { crashPoints } from "./recording.ts";
import type { CrashPoint, Recording } from "./recording.ts";
import { selections } from "./selections.ts";
import type { Selection } from "./selections.ts";

/** One state that a power cut may leave: what it is made of. */
export interface StateChoice {
  readonly point: CrashPoint;
  /** Which of the point's units were kept. */
  readonly kept: Selection;
  /** Per file with unsynced data, by inode number, which of its possible contents it has; 0 (the newest) if left out. */
  readonly contents: ReadonlyMap<number, number>;
}

export interface State {
  readonly choice: StateChoice;
  /** Equal for disks that cannot be told apart. */
  readonly digest: Digest;
  /** The disk; nobody else's, so it may be changed. */
  readonly volume: Volume;
}

export interface SpaceOptions {
  readonly seed: number;
  /** About how many states per crash point at most; a few per combination of names are always made. */
  readonly perPoint: number;
}

/** A crash point, worked out: what is certain, and what is open. */
export interface PointView {
  readonly units: readonly EntryUnit[];
  readonly durable: readonly boolean[];
  readonly changes: FileChanges;
  /** The disk with everything that is certain, and nothing else. */
  readonly volume: Volume;
}

/** A combination of names has at least this many states, so that contents are not always the newest. */
const perSelectionMin = 8;

/** All states that a power cut during a recording may leave under one model. */
export class StateSpace {
  readonly model: PersistenceModel;
  readonly points: readonly CrashPoint[];
  readonly #recording: Recording;
  readonly #options: SpaceOptions;
  readonly #made: Volume;
  #all = true;

  constructor(recording: Recording, model: PersistenceModel, options: SpaceOptions) {
    this.model = model;
    this.points = crashPoints(recording);
    this.#recording = recording;
    this.#options = options;
    // Every inode that was ever made is there from the start: what no name leads to cannot be seen.
    this.#made = recording.base.fork();
    for (const { effect } of recording.effects) if (effect.kind === "make") this.#made.add(effect.inode);
  }

  /** Whether `states` has left out nothing that the model allows; known when it has ended. */
  get all(): boolean {
    return this.#all;
  }

  *states(): Generator<State> {
    for (const point of this.points) yield* this.statesAt(point);
  }

  *statesAt(point: CrashPoint): Generator<State> {
    const view = this.view(point);
    const random = new SeededRandom(this.#options.seed * 31 + point.effects);
    const chosen = selections(this.model, view.durable, random, this.#options.perPoint);
    if (!chosen.all) this.#all = false;
    const each = Math.max(perSelectionMin, Math.ceil(this.#options.perPoint / chosen.list.length));
    for (const kept of chosen.list) yield* this.#statesWith(point, view, kept, each, random);
  }

  /** Builds one state. */
  build(choice: StateChoice): Volume {
    const view = this.view(choice.point);
    const volume = withUnits(view, choice.kept);
    for (const ino of view.changes.inos) {
      const open = view.changes.contentsOf(ino, view.units, choice.kept);
      const content = open?.list[choice.contents.get(ino) ?? 0];
      if (content !== undefined) volume.setContent(ino, content.bytes);
    }
    return volume;
  }

  view(point: CrashPoint): PointView {
    const { effects, base } = this.#recording;
    const units = entryUnits(this.model, effects, point.effects);
    const durable = durableUnits(this.model, units, effects, point.effects);
    const changes = new FileChanges(this.model, base, effects.slice(0, point.effects), this.#options.seed);
    const volume = this.#made.fork();
    for (const [index, unit] of units.entries()) if (durable[index] === true) keepUnit(volume, unit);
    for (const ino of changes.inos) volume.setContent(ino, changes.synced(ino));
    return { units, durable, changes, volume };
  }

  *#statesWith(
    point: CrashPoint,
    view: PointView,
    kept: Selection,
    limit: number,
    random: SeededRandom,
  ): Generator<State> {
    const named = withUnits(view, kept);
    const names = listNames(named);
    const keys = names.files.map((ino) => contentKey(contentOf(named.get(ino)).slice()));
    const open: OpenContent[] = [];
    for (const ino of new Set(names.files)) {
      const contents = view.changes.contentsOf(ino, view.units, kept);
      if (contents === undefined) continue;
      if (!contents.all) this.#all = false;
      open.push(contents);
    }
    // A file may have several names.
    const places = open.map(({ ino }) => names.files.flatMap((file, place) => (file === ino ? [place] : [])));
    for (const combination of this.#combinations(open, limit, random)) {
      const volume = named.fork();
      const contents = new Map<number, number>();
      for (let index = 0; index < open.length; index += 1) {
        const { ino, list } = open[index] as OpenContent;
        const choice = combination[index] as number;
        const { bytes } = list[choice] as Content;
        volume.setContent(ino, bytes);
        contents.set(ino, choice);
        for (const place of places[index] as number[]) keys[place] = contentKey(bytes);
      }
      const digest = new Digest(names.digest);
      for (const key of keys) digest.add(key);
      yield { choice: { point, kept, contents }, digest, volume };
    }
  }

  /** One index per file: all combinations, or a seeded choice of them. The same array each time. */
  *#combinations(files: readonly OpenContent[], limit: number, random: SeededRandom): Generator<readonly number[]> {
    const product = files.reduce((sum, { list }) => sum * list.length, 1);
    const indexes = files.map(() => 0);
    yield indexes;
    if (product > limit) this.#all = false;
    for (let turn = 1; turn < Math.min(product, limit); turn += 1) {
      for (let place = 0; place < files.length; place += 1) {
        const { list, plain } = files[place] as OpenContent;
        if (product > limit) {
          // A file may have hundreds of mixtures, and all that was lost of it may be a single one of its contents.
          indexes[place] = random.below(random.below(2) === 0 ? plain : list.length);
          continue;
        }
        indexes[place] = ((indexes[place] as number) + 1) % list.length;
        if (indexes[place] !== 0) break;
      }
      yield indexes;
    }
  }
}

/** The disk with the units that are certain and those that were kept. */
function withUnits(view: PointView, kept: Selection): Volume {
  const volume = view.volume.fork();
  for (const [index, unit] of view.units.entries()) {
    if (kept[index] === true && view.durable[index] !== true) keepUnit(volume, unit);
  }
  return volume;
}

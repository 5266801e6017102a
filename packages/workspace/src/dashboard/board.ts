import { basename, dirname, resolve } from "node:path";
import { artifactKinds, artifactPaths, artifactsOf } from "../artifacts/index.ts";
import type { Artifact, ArtifactKind, Artifacts } from "../artifacts/index.ts";
import { snapshot, stages } from "../project/index.ts";
import type { Item, Place, Registry, Stage } from "../project/index.ts";

/** A work item as the board shows it. */
export interface Card {
  readonly code: string;
  readonly title: string;
  readonly stage: Stage;
  readonly path: string | null;
  readonly badges: readonly Badge[];
  /** Of the plan. */
  readonly phases: { readonly complete: number; readonly total: number } | undefined;
  /** `YYYY-MM-DD`, for completed items. */
  readonly completedOn: string | undefined;
}

/** One artifact of an item, as the board shows it. */
export interface Badge {
  readonly kind: ArtifactKind;
  /** `unreadable` for an artifact that cannot be parsed. */
  readonly status: "draft" | "in-progress" | "complete" | "unknown" | "unreadable";
  /** What the tooltip says besides. */
  readonly details: readonly string[];
}

/** The items of one epic in one column; those without an epic come last. */
export interface Group {
  readonly epic: BoardEpic | undefined;
  readonly cards: readonly Card[];
}

/** An epic with its items, as the board shows it. */
export interface BoardEpic {
  readonly code: string;
  readonly title: string;
  readonly status: string;
  readonly items: number;
  readonly completed: number;
}

/** Everything that a board shows. */
export interface Board {
  /** The project's name: that of the folder that has `.project`. */
  readonly name: string;
  /** When it was read, ISO 8601. */
  readonly made: string;
  readonly epics: readonly BoardEpic[];
  readonly columns: readonly { readonly stage: Stage; readonly count: number; readonly groups: readonly Group[] }[];
}

/** Reads a project as one commit left it. Nothing is changed. Errors are those of `snapshot`. */
export async function readBoard(place: Place): Promise<Board> {
  const { registry, texts } = await snapshot(place, (current) => Object.values(current.items).flatMap(artifactPaths));
  const epics = epicsOf(registry);
  const byCode = new Map(epics.map((epic) => [epic.code, epic]));
  const cards = Object.entries(registry.items).map(([code, item]) => ({
    epic: item.epic,
    card: cardOf(code, item, artifactsOf(item, texts)),
  }));
  const columns = stages.map((stage) => {
    const own = cards.filter(({ card }) => card.stage === stage);
    const groups: Group[] = [];
    for (const epic of [...epics, undefined]) {
      const those = own.filter((each) => (each.epic === null ? undefined : byCode.get(each.epic)) === epic);
      if (those.length > 0) groups.push({ epic, cards: those.map(({ card }) => card) });
    }
    return { stage, count: own.length, groups };
  });
  return { name: projectName(place), made: place.ground.now().toISOString(), epics, columns };
}

/** A board of which nothing is known yet. */
export function emptyBoard(place: Place): Board {
  const columns = stages.map((stage) => ({ stage, count: 0, groups: [] }));
  return { name: projectName(place), made: place.ground.now().toISOString(), epics: [], columns };
}

function projectName({ folder }: Place): string {
  return basename(dirname(resolve(folder))) || "Project";
}

function epicsOf(registry: Registry): BoardEpic[] {
  const counts = new Map<string, { items: number; completed: number }>();
  for (const { epic, stage } of Object.values(registry.items)) {
    if (epic === null) continue;
    const count = counts.get(epic) ?? { items: 0, completed: 0 };
    counts.set(epic, { items: count.items + 1, completed: count.completed + (stage === "completed" ? 1 : 0) });
  }
  return Object.entries(registry.epics).map(([code, { title, status }]) => ({
    code,
    title,
    status,
    ...(counts.get(code) ?? { items: 0, completed: 0 }),
  }));
}

function cardOf(code: string, item: Item, found: Artifacts): Card {
  const { title, stage, path } = item;
  const badges = artifactKinds.flatMap((kind): Badge[] => {
    const [artifact, problem] = [found.artifacts[kind], found.problems[kind]];
    if (problem !== undefined) return [{ kind, status: "unreadable", details: [problem] }];
    return artifact === undefined ? [] : [badgeOf(kind, artifact)];
  });
  const { phases_total: total = 0, phases_complete: complete = 0 } = found.artifacts.plan ?? {};
  const phases = total === 0 ? undefined : { complete: Math.min(complete, total), total };
  return { code, title, stage, path, badges, phases, completedOn: completionDay(item, found) };
}

function badgeOf(kind: ArtifactKind, { status, owner, updated }: Artifact): Badge {
  const details = [owner ? `owner ${owner}` : "", updated ? `updated ${shortTime(updated)}` : ""];
  return { kind, status: status ?? "unknown", details: details.filter((detail) => detail !== "") };
}

/** To the minute, as a person reads it; whatever else stands there is shown as it is. */
function shortTime(text: string): string {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})[:.\d]*Z$/.exec(text) ?? [];
  return day === undefined ? text : `${day} ${time} UTC`;
}

/** The date in front of the folder's name, or else the day on which an artifact was last updated. */
function completionDay({ stage, path }: Item, { artifacts }: Artifacts): string | undefined {
  if (stage !== "completed") return undefined;
  const named = /^completed\/(\d{4}-\d{2}-\d{2})-/.exec(path ?? "")?.[1];
  const updated = Object.values(artifacts).map((each) => each.updated ?? "");
  const day = named ?? updated.toSorted().at(-1)?.slice(0, 10);
  return day !== undefined && isDay(day) ? day : undefined;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

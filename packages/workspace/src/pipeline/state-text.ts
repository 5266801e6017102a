import { contentOf } from "./pipeline-state.ts";
import type { PipelineState } from "./pipeline-state.ts";
import { copyOf, isPlain, isSame } from "./value-copy.ts";
import type { Copy } from "./value-copy.ts";

/** With fewer tasks, all of them are made text sooner than they are compared. */
const fewTasks = 200;

/** A content that was made, and where in it the tasks are: one after the other, with a comma between them. */
interface Made {
  readonly content: Uint8Array;
  readonly first: number;
  readonly tasks: readonly KnownTask[];
}

/** A task, and how many bytes the content has of it: from the newline before its id to its last brace. */
interface KnownTask {
  readonly id: string;
  readonly value: Copy;
  readonly bytes: number;
}

/**
 * The bytes of a state that is saved again and again. A save changes a few tasks of thousands, and to make text of all the others is
 * most of its work. So a task's text is taken from the content before if its value is what it was: compared member by member with
 * a copy, since a caller changes tasks in place. The bytes are always those of `contentOf`.
 */
export class StateText {
  #made: Made | undefined;
  #again = false;

  /** The ids of the tasks that are new or not what they were, and have to be checked; `undefined`: it may be all of them. */
  changed(state: PipelineState): readonly string[] | undefined {
    const known = this.#made?.tasks;
    if (known === undefined || !isPlain(state) || !isPlain(state.tasks)) return undefined;
    const changed: string[] = [];
    let index = 0;
    for (const id in state.tasks) {
      const task = known[index++];
      // One was removed, or the order is another.
      if (task !== undefined && task.id !== id) return undefined;
      if (task === undefined || !isSame(state.tasks[id], task.value)) changed.push(id);
    }
    return index < known.length || changed.length * 4 > index ? undefined : changed;
  }

  /** The bytes of a valid state; `changed` is what the method of that name has just said of it. */
  content(state: PipelineState, changed: readonly string[] | undefined): Uint8Array {
    const next = this.#made && changed && patched(this.#made, state, changed);
    if (next !== undefined) {
      this.#made = next;
      return next.content;
    }
    const content = contentOf(state);
    // Whoever saves a single time has no use for it.
    this.#made = this.#again ? located(state, content) : undefined;
    this.#again = true;
    return content;
  }
}

const opening = '\n  "tasks": {';

/** The content with the tasks that changed and all that is around the tasks; `undefined`: it has to be made as a whole. */
function patched(made: Made, state: PipelineState, changed: readonly string[]): Made | undefined {
  const fresh: KnownTask[] = [];
  const texts: Uint8Array[] = [];
  for (const id of changed) {
    const task = state.tasks[id];
    // With its id, as `toJSON` is told it; two levels in instead of one.
    const text = JSON.stringify({ [id]: task }, null, 2)
      .slice(1, -2)
      .replaceAll("\n", "\n  ");
    if (text === "") return undefined;
    const bytes = Buffer.from(text);
    texts.push(bytes);
    fresh.push({ id, value: copyOf(task), bytes: bytes.byteLength });
  }
  const around = JSON.stringify({ ...state, tasks: {} }, null, 2);
  // Nothing else is two spaces in, and no text has a newline in it.
  const cut = around.indexOf(opening) + opening.length;
  const head = Buffer.from(around.slice(0, cut));
  const pieces: Uint8Array[] = [head];
  const tasks: KnownTask[] = [];
  let next = 0;
  let copied = made.first;
  let at = made.first;
  for (const task of made.tasks) {
    const start = at;
    at += task.bytes + 1;
    const replaced = fresh[next];
    const text = texts[next];
    if (replaced?.id !== task.id || text === undefined) {
      tasks.push(task);
      continue;
    }
    pieces.push(made.content.subarray(copied, start), text);
    copied = at - 1;
    tasks.push(replaced);
    next += 1;
  }
  pieces.push(made.content.subarray(copied, at - 1));
  for (const text of texts.slice(next)) pieces.push(comma, text);
  pieces.push(Buffer.from(`\n  ${around.slice(cut)}\n`));
  return { content: Buffer.concat(pieces), first: head.byteLength, tasks: [...tasks, ...fresh.slice(next)] };
}

const comma = Buffer.from(",");

/** Where the tasks are in a state's content; `undefined` where that is not worth it or not sure. */
function located(state: PipelineState, content: Uint8Array): Made | undefined {
  if (!isPlain(state) || !isPlain(state.tasks)) return undefined;
  const ids = Object.keys(state.tasks);
  if (ids.length < fewTasks) return undefined;
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const first = bytes.indexOf(opening) + opening.length;
  let at = first;
  const tasks = ids.map((id): KnownTask => {
    const start = at;
    // A task's last brace is four spaces in, and what it holds is further in.
    at = bytes.indexOf(taskEnd, start) + taskEnd.length + 1;
    return { id, value: copyOf(state.tasks[id]), bytes: at - 1 - start };
  });
  // A task that is written as something else (by its `toJSON`) has no such end; then one of a file or a phase was taken for it.
  return bytes.indexOf("\n  }", first) === at - 1 ? { content, first, tasks } : undefined;
}

const taskEnd = "\n    }";

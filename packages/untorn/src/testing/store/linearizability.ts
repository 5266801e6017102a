/** What a client asked a store for, and what came of it. */
export type StoreCall =
  | { readonly kind: "get"; readonly key: string; readonly etag: string | null }
  | {
      readonly kind: "list";
      readonly keys: readonly string[];
      readonly revision: number;
    }
  | {
      readonly kind: "commit";
      /** `to`: the etag that was put, or `null` for a removal; `from`: the condition (`null`: absent), if there was one. */
      readonly changes: readonly { readonly key: string; readonly to: string | null; readonly from?: string | null }[];
      /** `unknown`: the client was killed, and it may have happened, then or later. */
      readonly result: "done" | "conflict" | "unknown";
      readonly revision?: number;
    };

/** A call with the times at which it began and ended, on one clock; `Infinity` if it never ended. */
export interface RecordedStoreCall {
  readonly client: string;
  readonly begun: number;
  readonly ended: number;
  readonly call: StoreCall;
}

interface State {
  readonly values: ReadonlyMap<string, string>;
  readonly revision: number;
}

/**
 * Whether there is one order of all calls that explains what each client saw, and in which no call comes before one that
 * had ended when it began (Herlihy and Wing, 1990). The search is that of Wing and Gong (1993) with a memory of what was
 * tried (Lowe, 2017): meant for histories of up to some 30 calls.
 *
 * Returns the calls in such an order, or `undefined` if there is none.
 */
export function linearize(
  history: readonly RecordedStoreCall[],
  initial: Readonly<Record<string, string>> = {},
): RecordedStoreCall[] | undefined {
  const calls = history.toSorted((a, b) => a.begun - b.begun);
  const tried = new Set<string>();
  const order: RecordedStoreCall[] = [];
  const search = (left: readonly number[], state: State): boolean => {
    // What never ended need not have happened.
    if (left.every((index) => isUnknown(calls[index] as RecordedStoreCall))) return true;
    const mark = `${left.join()}|${state.revision}|${[...state.values]
      .map((pair) => pair.join("="))
      .toSorted()
      .join()}`;
    if (tried.has(mark)) return false;
    tried.add(mark);
    const firstEnd = Math.min(...left.map((index) => (calls[index] as RecordedStoreCall).ended));
    for (const index of left) {
      const recorded = calls[index] as RecordedStoreCall;
      if (recorded.begun > firstEnd) break;
      const next = apply(recorded.call, state);
      if (next === undefined) continue;
      order.push(recorded);
      if (
        search(
          left.filter((other) => other !== index),
          next,
        )
      )
        return true;
      order.pop();
    }
    return false;
  };
  const values = new Map(Object.entries(initial));
  return search([...calls.keys()], { values, revision: 0 }) ? order : undefined;
}

function isUnknown({ call }: RecordedStoreCall): boolean {
  return call.kind === "commit" && call.result === "unknown";
}

/** The state after a call, or `undefined` if it could not have answered so. */
function apply(call: StoreCall, state: State): State | undefined {
  const { values, revision } = state;
  switch (call.kind) {
    case "get":
      return (values.get(call.key) ?? null) === call.etag ? state : undefined;
    case "list": {
      const same = call.keys.join("\n") === [...values.keys()].toSorted().join("\n");
      return same && call.revision >= revision ? { values, revision: call.revision } : undefined;
    }
    case "commit":
      return applyCommit(call, state);
    default:
      return call satisfies never;
  }
}

function applyCommit(call: Extract<StoreCall, { kind: "commit" }>, state: State): State | undefined {
  const { values, revision } = state;
  const holds = call.changes.every(({ key, from }) => from === undefined || (values.get(key) ?? null) === from);
  if (call.result === "conflict") return holds ? undefined : state;
  if (!holds) return call.result === "unknown" ? state : undefined;
  const next = new Map(values);
  let changed = false;
  for (const { key, to } of call.changes) {
    changed ||= (values.get(key) ?? null) !== to;
    if (to === null) next.delete(key);
    else next.set(key, to);
  }
  if (call.revision === undefined) return { values: next, revision };
  // Revisions are the order that the store says it has.
  const inOrder = changed ? call.revision > revision : call.revision >= revision;
  return inOrder ? { values: next, revision: call.revision } : undefined;
}

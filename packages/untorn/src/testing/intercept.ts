import type { Clock, FileSystem, Handle, Port, Verb } from "../platform/index.ts";

/** Every verb of the port, in the order of the interface. The type makes a forgotten one an error. */
const everyVerb: Readonly<Record<Verb, true>> = {
  open: true,
  close: true,
  read: true,
  write: true,
  truncate: true,
  fstat: true,
  lstat: true,
  stat: true,
  chmod: true,
  chown: true,
  copyAttributes: true,
  fsync: true,
  syncDirectory: true,
  rename: true,
  link: true,
  unlink: true,
  mkdir: true,
  rmdir: true,
  readdir: true,
  entries: true,
  readInto: true,
  readlink: true,
  realpath: true,
  tryLock: true,
  unlock: true,
};

/** The names of the port's verbs. */
export const verbs: readonly Verb[] = Object.keys(everyVerb) as Verb[];

/** One call of a verb. */
export interface Call {
  /** The first call is 1. */
  readonly index: number;
  readonly verb: Verb;
  readonly args: readonly unknown[];
  /** What the call is about: its path, or the path that its handle was opened with. */
  readonly path: string;
  /** Whether it was made through `port.later`. */
  readonly later: boolean;
}

/** What stands between a caller and a port. */
export interface Interceptor {
  /** Before the call: throw to refuse it, return arguments to change them. */
  before(call: Call): readonly unknown[] | undefined;
  /** After the call: throw to hide its result. `error` is what it threw, if it did. */
  after?(call: Call, result: unknown, error: unknown): void;
  /** Before time is asked for or waited on; throw to refuse. */
  onClock?(): void;
}

type AnyVerb = (...args: readonly unknown[]) => unknown;

/** A port that lets `interceptor` see, change or refuse every call, those through `later` too. */
export function interceptPort(port: Port, interceptor: Interceptor): Port {
  const paths = new Map<Handle, string>();
  let count = 0;
  const begin = (verb: Verb, args: readonly unknown[], later: boolean): [Call, readonly unknown[]] => {
    const subject = args[0];
    const path = typeof subject === "number" ? (paths.get(subject) ?? `handle ${subject}`) : String(subject);
    const call: Call = { index: (count += 1), verb, args, path, later };
    return [call, interceptor.before(call) ?? args];
  };
  const end = (call: Call, result: unknown, error?: unknown): void => {
    if (call.verb === "open" && error === undefined) paths.set(result as Handle, call.path);
    interceptor.after?.(call, result, error);
  };
  const fs: Record<string, AnyVerb> = {};
  const later: Record<string, AnyVerb> = {};
  for (const verb of verbs) {
    fs[verb] = (...given) => {
      const [call, args] = begin(verb, given, false);
      let result: unknown;
      try {
        result = (port.fs[verb] as AnyVerb).apply(port.fs, args as unknown[]);
      } catch (error) {
        end(call, undefined, error);
        throw error;
      }
      end(call, result);
      return result;
    };
    const real = port.later[verb] as AnyVerb | undefined;
    if (real === undefined) continue;
    later[verb] = async (...given) => {
      const [call, args] = begin(verb, given, true);
      let result: unknown;
      try {
        result = await real.apply(port.later, args as unknown[]);
      } catch (error) {
        end(call, undefined, error);
        throw error;
      }
      end(call, result);
      return result;
    };
  }
  return {
    fs: fs as unknown as FileSystem,
    later,
    traits: port.traits,
    clock: interceptClock(port.clock, () => interceptor.onClock?.()),
    randomName: () => port.randomName(),
    get identity() {
      return port.identity;
    },
    liveness: (identity) => port.liveness(identity),
  };
}

function interceptClock(clock: Clock, onClock: () => void): Clock {
  return {
    now: () => clock.now(),
    pause(ms) {
      onClock();
      clock.pause(ms);
    },
    async later(ms, cut) {
      onClock();
      await clock.later(ms, cut);
      onClock();
    },
  };
}

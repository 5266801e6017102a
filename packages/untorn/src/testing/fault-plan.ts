import type { Port } from "../platform/index.ts";
import { interceptPort } from "./intercept.ts";
import type { Call } from "./intercept.ts";
import { systemError } from "./system-error.ts";

/**
 * What happens to a call:
 * - `fail`: it throws this system code and has no effect; with `after` it has its effect and throws all the same, as a
 *   close that reports a write error does.
 * - `short`: a read or write is given only this many bytes to do.
 * - `crash`: the process stops before the call, or right after it.
 */
export type FaultAction =
  | { readonly fail: string; readonly after?: boolean }
  | { readonly short: number }
  | { readonly crash: "before" | "after" };

/** Which calls: the `at`-th of all (the first is 1), or those that `when` picks; at most `times` (default: no limit). */
export type Fault = FaultAction & {
  readonly at?: number;
  readonly when?: (call: Call) => boolean;
  readonly times?: number;
};

/** Thrown in place of every call once the simulated process has stopped. There is nothing to catch: whatever the
 * protocol does next throws it again. */
export class SimulatedCrash extends Error {
  readonly call: Call;

  constructor(call: Call) {
    super(`simulated crash at call ${call.index} (${call.verb} ${call.path})`);
    this.name = "SimulatedCrash";
    this.call = call;
  }
}

/** What a fault plan has seen so far. */
export interface FaultReport {
  /** Calls begun, through `fs` and `later`. */
  readonly calls: number;
  /** Calls that a fault was applied to. */
  readonly faults: number;
  readonly crashed: boolean;
}

/** The name of the system call that a verb's error carries. */
const syscalls: Readonly<Partial<Record<string, string>>> = {
  truncate: "ftruncate",
  chmod: "fchmod",
  chown: "fchown",
  readdir: "scandir",
  entries: "scandir",
  readInto: "read",
  syncDirectory: "fsync",
};

/**
 * A port that does what `port` does, except for the calls that the plan names: those fail, fall short, or stop the
 * process. Calls through `later` are counted and treated alike.
 */
export function faultPlan(port: Port, plan: Fault | readonly Fault[]): Port & { readonly report: FaultReport } {
  const faults = Array.isArray(plan) ? (plan as readonly Fault[]) : [plan as Fault];
  const used = new Map<Fault, number>();
  const report = { calls: 0, faults: 0, crashed: false };
  let crash: SimulatedCrash | undefined;
  const after = new Map<number, FaultAction>();

  const stop = (call: Call): never => {
    report.crashed = true;
    crash = new SimulatedCrash(call);
    throw crash;
  };
  const pick = (call: Call): Fault | undefined =>
    faults.find((fault) => {
      const count = used.get(fault) ?? 0;
      if (count >= (fault.times ?? Infinity)) return false;
      if (fault.at !== undefined && fault.at !== call.index) return false;
      if (fault.when !== undefined && !fault.when(call)) return false;
      if ("short" in fault && call.verb !== "read" && call.verb !== "write") return false;
      used.set(fault, count + 1);
      return true;
    });

  const faulty = interceptPort(port, {
    before(call) {
      if (crash !== undefined) throw crash;
      report.calls = call.index;
      const fault = pick(call);
      if (fault === undefined) return undefined;
      report.faults += 1;
      if ("short" in fault) {
        const [handle, bytes, position] = call.args as [number, Uint8Array, number | null];
        return [handle, bytes.subarray(0, fault.short), position];
      }
      if ("crash" in fault) {
        if (fault.crash === "before") stop(call);
      } else if (fault.after !== true) throw errorFor(call, fault.fail);
      after.set(call.index, fault);
      return undefined;
    },
    after(call, _result, error) {
      const fault = after.get(call.index);
      if (crash !== undefined) throw crash;
      if (fault === undefined) return;
      after.delete(call.index);
      if ("crash" in fault) stop(call);
      if ("fail" in fault && error === undefined) throw errorFor(call, fault.fail);
    },
    onClock() {
      if (crash !== undefined) throw crash;
    },
  });
  return Object.assign(faulty, { report });
}

function errorFor(call: Call, code: string): NodeJS.ErrnoException {
  const syscall = syscalls[call.verb] ?? call.verb;
  if (typeof call.args[0] !== "string") return systemError(code, syscall);
  const dest = call.verb === "rename" || call.verb === "link" ? (call.args[1] as string) : undefined;
  return systemError(code, syscall, call.args[0], dest);
}

import type { Port } from "../platform/index.ts";
import { interceptPort } from "./intercept.ts";
import type { Call } from "./intercept.ts";

/** A call that has ended. */
export interface RecordedCall extends Call {
  readonly result: unknown;
  readonly error: unknown;
}

/** A port that does what `port` does and writes down every call, in the order in which they ended. */
export function recordCalls(port: Port): Port & { readonly calls: readonly RecordedCall[] } {
  const calls: RecordedCall[] = [];
  const recording = interceptPort(port, {
    before: () => undefined,
    after: (call, result, error) => void calls.push({ ...call, result, error }),
  });
  return Object.assign(recording, { calls });
}

/** A call as one line: `write "/a.tmp" 12 bytes at 0`. */
export function describeCall(call: Call): string {
  const rest = call.args.slice(1).map((arg) => {
    if (arg instanceof Uint8Array) return `${arg.byteLength} bytes`;
    if (arg === null) return "at the end";
    return JSON.stringify(arg);
  });
  return [call.verb, JSON.stringify(call.path), ...rest].join(" ");
}

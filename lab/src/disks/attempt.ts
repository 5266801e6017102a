import { callsOn, endRestsOf, newPort } from "../untorn.ts";
import type { Port } from "../untorn.ts";
import { operations } from "./operations.ts";
import type { OperationName } from "./operations.ts";

/** One call of the library, on a folder of a disk; what its answer was. */
export interface Attempt {
  readonly operation: OperationName;
  readonly folder: string;
  readonly version: number;
}

/** `undefined` for a call that has succeeded. */
export type Failure =
  | {
      readonly code: string;
      readonly outcome: "unchanged" | "replaced" | "unknown";
      readonly systemCode?: string;
      readonly phase: string;
      readonly message: string;
    }
  | undefined;

/** Version 0 is what is there before. */
export async function attempt({ operation, folder, version }: Attempt, port: Port = newPort()): Promise<Failure> {
  const place = { folder, calls: callsOn(port) };
  const { setup, step } = operations[operation];
  try {
    await (version === 0 ? setup(place) : step(place, version));
    return undefined;
  } catch (error) {
    const facts = (error as { toJSON?: () => NonNullable<Failure> }).toJSON?.();
    if (facts !== undefined) return facts;
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { code: "NOT_UNTORN", outcome: "unknown", phase: "none", message };
  } finally {
    // What a timer would do 25 ms later; until then an open record keeps the disk busy.
    endRestsOf(port);
  }
}

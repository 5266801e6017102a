export { backoff, fraction } from "./backoff.ts";
export { runAsync, runSync, Stepper } from "./drivers.ts";
export { textOfLink } from "./links.ts";
export { isLinked, isWithoutLinks, namesIn, unless } from "./names.ts";
export { call, pause, pull, together } from "./protocol.ts";
export { stopwatch } from "./stopwatch.ts";
export { publishRefusal, refusalsAreHeard, refusing } from "./refusals.ts";
export type { RefusalReport } from "./refusals.ts";
export type { Effect, Pause, PortCall, Protocol, Pull, Together } from "./protocol.ts";

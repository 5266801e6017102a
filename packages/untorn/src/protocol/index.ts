export { runAsync, runSync, Stepper } from "./drivers.ts";
export { call, pause, pull } from "./protocol.ts";
export type { Effect, Pause, PortCall, Protocol, Pull } from "./protocol.ts";

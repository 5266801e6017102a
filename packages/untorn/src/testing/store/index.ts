export { storeContract } from "./contract.ts";
export type { StoreCase, StoreContractOptions } from "./contract.ts";
export type { StoppableHolder, StoreGround } from "./contract-ground.ts";
export { linearize } from "./linearizability.ts";
export type { RecordedStoreCall, StoreCall } from "./linearizability.ts";
export { memoryStore, MemoryStore } from "./memory-store.ts";
export { recordHistory, runRandomClient, sharedClockMs } from "./random-client.ts";
export type { CallRecorder } from "./random-client.ts";

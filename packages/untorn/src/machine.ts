import { Files } from "./atomic/index.ts";
import { noteRemoval, writeKeeping } from "./generations/index.ts";
import { nodePort } from "./platform/index.ts";

/** The files of this machine: one object, so that every entry of the package keeps one order of calls and one set of locks. */
export const files: Files = new Files(nodePort, writeKeeping, noteRemoval);

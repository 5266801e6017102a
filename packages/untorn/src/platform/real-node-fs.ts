import fs from "node:fs";

/** `node:fs` itself, for the simulator that stands in for it: what lies outside the simulated folder is read from here. */
export const realNodeFs: typeof fs = fs;

export { configuredLayouts } from "./config.ts";
export { knownLayouts } from "./known.ts";
export { fileAt } from "./layout.ts";
export type { FileKind, Layout, LayoutFile } from "./layout.ts";
export { registerLayouts } from "./register.ts";

// Where `untorn.config` lies and how it is read, the same for every command; light, because each of them asks.
export { configParts, findConfig, importConfig } from "./platform/config-file.ts";
export type { ConfigParts } from "./platform/config-file.ts";

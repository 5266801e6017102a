export { PatternStore, PromptRegistry, RoleRegistry, ToolRegistry } from "./kinds.ts";
export type { RegistryEntry } from "./entry-file.ts";
export { Registry } from "./registry.ts";
export type { CorruptEntry, Implementation, RegistryList } from "./registry.ts";
export type { PatternSpecification, PromptSpecification, RoleSpecification, ToolSpecification } from "./schemas.ts";

import { inputRefused } from "../ground/index.ts";
import type { Ground } from "../ground/index.ts";
import type { RegistryEntry } from "./entry-file.ts";
import { Registry } from "./registry.ts";
import type { Implementation } from "./registry.ts";
import { patternSchema, promptSchema, roleSchema, toolSchema } from "./schemas.ts";
import type { PatternSpecification, PromptSpecification, RoleSpecification, ToolSpecification } from "./schemas.ts";

/** Tools: each a specification and the file that implements it, saved together. */
export class ToolRegistry extends Registry<ToolSpecification> {
  constructor(folder: string, ground?: Ground) {
    super(folder, toolSchema, ground);
  }

  /** As `Registry.put`; the first version of a tool needs an implementation. */
  override async put(
    name: string,
    spec: ToolSpecification,
    implementation?: Implementation,
  ): Promise<RegistryEntry<ToolSpecification>> {
    if (implementation === undefined && !this.#has(name)) {
      throw inputRefused(`${this.folder}/${name}.json`, "a new tool needs its implementation");
    }
    return await super.put(name, spec, implementation);
  }

  /** A corrupt one is there, too: it is refused for what is wrong with it. */
  #has(name: string): boolean {
    const { entries, corrupt } = this.list();
    return [...entries, ...corrupt].some((entry) => entry.name === name);
  }
}

/** Roles: whom an agent is to be. */
export class RoleRegistry extends Registry<RoleSpecification> {
  constructor(folder: string, ground?: Ground) {
    super(folder, roleSchema, ground);
  }
}

/** Prompts: texts with places to be filled in. */
export class PromptRegistry extends Registry<PromptSpecification> {
  constructor(folder: string, ground?: Ground) {
    super(folder, promptSchema, ground);
  }
}

/** Patterns: what was seen again and again. */
export class PatternStore extends Registry<PatternSpecification> {
  constructor(folder: string, ground?: Ground) {
    super(folder, patternSchema, ground);
  }
}

import type { SyntaxNode } from "../engine/index.ts";
import { ancestor, operands, within } from "../engine/index.ts";

/** Which names of a Python file are modules, and which are functions taken out of one. */
export class Imports {
  readonly #modules = new Map<string, string>();
  readonly #members = new Map<string, string>();
  /** Functions that the file has under a builtin's name, and where they hide it: everywhere, or in one function. */
  readonly #defined: { readonly name: string; readonly scope: SyntaxNode | null }[] = [];

  constructor(root: SyntaxNode) {
    for (const node of root.findAll(["import_statement"])) {
      for (const part of operands(node)) {
        const name = part.field("name")?.text ?? part.text;
        const alias = part.field("alias")?.text;
        this.#modules.set(
          alias ?? name.split(".")[0] ?? name,
          alias === undefined ? (name.split(".")[0] ?? name) : name,
        );
      }
    }
    for (const node of root.findAll(["import_from_statement"])) {
      const module = node.field("module_name")?.text ?? "";
      for (const part of operands(node).slice(1)) {
        const name = part.field("name")?.text ?? part.text;
        this.#members.set(part.field("alias")?.text ?? name, `${module}.${name}`);
      }
    }
    if (!/\bdef\s+(open|copy|copyfile|move)\b/.test(root.text)) return;
    for (const node of root.findAll(["function_definition"], /^(async\s+)?def\s+(open|copy|copyfile|move)\b/)) {
      const scope = ancestor(node, ({ kind }) => kind === "class_definition" || kind === "function_definition");
      // A method is only reached through its object.
      if (scope?.kind !== "class_definition") this.#defined.push({ name: node.field("name")?.text ?? "", scope });
    }
  }

  /** Local names that differ from the names of what they were imported as. */
  aliases(): string[] {
    return [...this.#members].filter(([local, full]) => !full.endsWith(`.${local}`)).map(([local]) => local);
  }

  /**
   * The full name of a callee: `shutil.copy`, `io.open`, `open` for the builtin. A method of something that is not a
   * module keeps a leading dot: `.write_text`. Null where the name is the file's own.
   */
  qualify(callee: SyntaxNode): string | null {
    if (callee.kind === "identifier") {
      const name = callee.text;
      if (this.#defined.some((one) => one.name === name && (one.scope === null || within(callee, one.scope))))
        return null;
      return this.#members.get(name) ?? name;
    }
    if (callee.kind !== "attribute") return null;
    const attribute = callee.field("attribute")?.text ?? "";
    const object = callee.field("object");
    if (object === null) return null;
    const module = object.kind === "identifier" || object.kind === "attribute" ? this.#moduleOf(object.text) : null;
    return module === null ? `.${attribute}` : `${module}.${attribute}`;
  }

  #moduleOf(text: string): string | null {
    const [first = "", ...rest] = text.split(".");
    const module = this.#modules.get(first) ?? (rest.length === 0 ? this.#submodule(first) : undefined);
    return module === undefined ? null : [module, ...rest].join(".");
  }

  /** `from os import path` makes `path` a module; `from pathlib import Path` makes a class, told apart by its capital. */
  #submodule(name: string): string | undefined {
    const member = this.#members.get(name);
    return member !== undefined && /^[a-z]/.test(name) ? member : undefined;
  }
}

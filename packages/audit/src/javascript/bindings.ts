import type { SyntaxNode } from "../engine/index.ts";
import { operands, within } from "../engine/index.ts";
import { knownModule } from "./apis.ts";
import { enclosingFunctions } from "../analysis/grammar.ts";
import { javascript } from "./grammar.ts";
import type { Neighbour } from "../analysis/source.ts";
import type { PassedOn } from "./passed-on.ts";
import { passedOn } from "./passed-on.ts";

/** What a name stands for: a module (`member` null) or one function of it. */
export interface Binding {
  readonly module: string;
  readonly member: string | null;
  /** Where the module is one of the project that passes functions of `fs` on. */
  readonly passedOn?: PassedOn;
}

/** Names that in practice mean Node's `fs` where a file uses them without saying where they come from. */
const unboundFs = /^(fs|fsp|fse|fsPromises|nodeFs)$/;

/** Which names of one file stand for file-system modules and their functions. */
export class Bindings {
  readonly #byName = new Map<string, Binding>();
  readonly #foreign = new Set<string>();
  /** Names that a function has for another module than the file: they count in it alone. */
  readonly #locals: { readonly name: string; readonly owner: SyntaxNode; readonly module: string }[] = [];

  readonly #root: SyntaxNode;
  readonly #neighbour: Neighbour;

  constructor(root: SyntaxNode, neighbour: Neighbour) {
    this.#root = root;
    this.#neighbour = neighbour;
    for (const node of root.findAll(["import_statement"])) this.#addImport(node);
    // A second pass finds what was taken from a name that is declared further down.
    const declarators = root.findAll(["variable_declarator"]);
    for (let pass = 0; pass < 2; pass += 1) {
      for (const node of declarators) this.#addDeclarator(node);
    }
  }

  /** Local names of writing functions, for names that differ from the module's own. */
  names(): string[] {
    return [...this.#byName].filter(([, binding]) => binding.member !== null).map(([name]) => name);
  }

  /** What a callee is, or null: `writeFile`, `fs.writeFile`, `fs.promises.writeFile`, `require("fs").writeFile`. */
  resolve(callee: SyntaxNode): Binding | null {
    if (callee.kind === "member_expression") {
      const object = callee.field("object");
      const property = callee.field("property")?.text ?? "";
      const module = object === null ? null : this.#moduleOf(object);
      if (object === null || module === null) return null;
      const holder = object.kind === "identifier" ? this.#byName.get(object.text)?.passedOn : undefined;
      return holder?.has(property) === false ? null : { module, member: property };
    }
    if (callee.kind !== "identifier") return null;
    const binding = this.#byName.get(callee.text);
    if (binding?.member == null || this.#shadowed(callee)) return null;
    return binding;
  }

  #moduleOf(node: SyntaxNode): string | null {
    const plain = javascript.unwrap(node);
    if (plain.kind === "identifier") return this.#moduleOfName(plain);
    if (plain.kind === "member_expression") {
      const object = plain.field("object");
      const property = plain.field("property")?.text;
      if (object?.kind === "this") return this.#moduleOfField(plain.text);
      if (object === null || (property !== "promises" && property !== "default")) return null;
      const module = this.#moduleOf(object);
      return module === "fs" && property === "promises" ? "fs/promises" : module;
    }
    if (plain.kind === "binary_expression" && /^(\|\||\?\?)$/.test(plain.field("operator")?.text ?? "")) {
      // `options.fs ?? fs`
      const right = plain.field("right");
      return right === null ? null : this.#moduleOf(right);
    }
    return plain.kind === "call_expression" ? moduleOfCall(plain) : null;
  }

  /** `this.fs = fs`, in whichever method. */
  #moduleOfField(name: string): string | null {
    const set = this.#root
      .findAll(["assignment_expression"], /^this\.\w*(fs|io|files?|system)\w*\s*=/i)
      .find((one) => one.field("left")?.text === name)
      ?.field("right");
    return set?.kind === "identifier" ? this.#moduleOf(set) : null;
  }

  #moduleOfName(node: SyntaxNode): string | null {
    const name = node.text;
    const binding = this.#byName.get(name);
    const owner = enclosingFunctions(node, javascript).find((one) => javascript.bindsParameter(one, name));
    if (owner !== undefined) {
      const parameter = javascript.parameters(owner).find((one) => one.name === name);
      if (parameter === undefined) return null;
      if (/typeof\s+(fs|import\()/.test(parameter.type)) return "fs";
      // `function save(fs, path)`: handed in, to be replaced in tests.
      if (parameter.type === "" && parameter.fallback === null && unboundFs.test(name)) return "fs";
      return parameter.fallback === null || parameter.fallback.text === name
        ? null
        : this.#moduleOf(parameter.fallback);
    }
    const local = this.#locals.find((one) => one.name === name && within(node, one.owner));
    if (local !== undefined) return local.module;
    if (binding !== undefined) return binding.member === null ? binding.module : null;
    if (name === "Bun" || name === "Deno") return name;
    return unboundFs.test(name) && !this.#foreign.has(name) ? "fs" : null;
  }

  /** A parameter of the same name hides an imported function. */
  #shadowed(node: SyntaxNode): boolean {
    return enclosingFunctions(node, javascript).some((one) => javascript.bindsParameter(one, node.text));
  }

  #addImport(node: SyntaxNode): void {
    const specifier = stringValue(node.field("source"));
    const module = specifier === null ? null : knownModule(specifier);
    const clause = operands(node).find(
      (child) => child.kind === "import_clause" || child.kind === "import_require_clause",
    );
    if (clause === undefined) return;
    if (clause.kind === "import_require_clause") {
      const required = stringValue(clause.field("source"));
      const name = operands(clause)[0]?.text;
      const target = required === null ? null : knownModule(required);
      if (name !== undefined) this.#set(name, target, null);
      return;
    }
    const extra = specifier === "zx" ? "fs-extra" : null;
    if (module === null && specifier !== null && this.#addPassedOn(specifier, operands(clause))) return;
    for (const part of operands(clause)) {
      if (part.kind === "identifier") this.#set(part.text, module, null);
      else if (part.kind === "namespace_import") this.#set(operands(part)[0]?.text ?? "", module, null);
      else if (part.kind === "named_imports") {
        for (const one of operands(part)) {
          const imported = one.field("name")?.text ?? "";
          const local = one.field("alias")?.text ?? imported;
          if (extra !== null && imported === "fs") this.#set(local, extra, null);
          else this.#setMember(local, module, imported);
        }
      }
    }
  }

  /** `import fs, { writeFile } from "./fs"` of a module that passes Node's functions on. */
  #addPassedOn(specifier: string, parts: readonly SyntaxNode[]): boolean {
    const found = passedOn(specifier, this.#neighbour);
    if (found === null) return false;
    const { module } = found;
    for (const part of parts) {
      const names = part.kind === "named_imports" || part.kind === "object_pattern" ? operands(part) : [];
      for (const one of names) {
        const name = (one.field("name") ?? one.field("key") ?? one).text;
        const local = (one.field("alias") ?? one.field("value"))?.text ?? name;
        if (name === "default" || unboundFs.test(name))
          this.#byName.set(local, { module, member: null, passedOn: found });
        else this.#set(local, found.has(name) ? module : null, name);
      }
      const whole = part.kind === "namespace_import" ? operands(part)[0] : part;
      if (whole?.kind === "identifier") this.#byName.set(whole.text, { module, member: null, passedOn: found });
    }
    return true;
  }

  #addDeclarator(node: SyntaxNode): void {
    const target = node.field("name");
    const value = node.field("value");
    if (target === null || value === null) return;
    const plain = javascript.unwrap(value);
    const text = plain.text;
    // Most declarators have nothing to do with modules; their text says so without a closer look.
    if (text.length > 200 || !/require|import|fs|Fs|promisify|Bun|Deno/.test(text)) {
      if (target.kind === "identifier" && unboundFs.test(target.text)) this.#foreign.add(target.text);
      return;
    }
    const required = plain.kind === "call_expression" ? specifierOf(plain) : null;
    if (required?.startsWith(".") === true && this.#addPassedOn(required, [target])) return;
    const module = this.#moduleOf(plain);
    if (target.kind === "object_pattern") {
      if (module !== null) this.#addPattern(target, module);
      return;
    }
    if (module !== null) this.#setModule(target, module);
    else if (plain.kind === "member_expression" || plain.kind === "call_expression") {
      const wrapped = plain.kind === "call_expression" && /(^|\.)promisify$/.test(plain.field("function")?.text ?? "");
      const inner = wrapped ? operands(plain.field("arguments") ?? plain)[0] : plain;
      const binding = inner?.kind === "member_expression" || wrapped ? inner && this.resolve(inner) : null;
      if (binding) this.#setMember(target.text, binding.module, binding.member ?? "");
      else if (unboundFs.test(target.text)) this.#foreign.add(target.text);
    }
  }

  /** `{ writeFile, rename: move, promises: { open } }` */
  #addPattern(pattern: SyntaxNode, module: string): void {
    for (const part of operands(pattern)) {
      if (part.kind === "shorthand_property_identifier_pattern") this.#setMember(part.text, module, part.text);
      if (part.kind !== "pair_pattern") continue;
      const key = part.field("key")?.text ?? "";
      const value = part.field("value");
      if (value?.kind !== "object_pattern") this.#setMember(value?.text ?? "", module, key);
      else if (key === "promises" || key === "default")
        this.#addPattern(value, key === "promises" && module === "fs" ? "fs/promises" : module);
    }
  }

  #setModule(target: SyntaxNode, module: string): void {
    const owner = enclosingFunctions(target, javascript)[0];
    const before = this.#byName.get(target.text);
    const isOther = before !== undefined && before.member === null && before.module !== module;
    if (owner !== undefined && isOther) this.#locals.push({ name: target.text, owner, module });
    else this.#set(target.text, module, null);
  }

  #set(name: string, module: string | null, member: string | null): void {
    if (name === "") return;
    if (module === null) this.#foreign.add(name);
    else this.#byName.set(name, { module, member });
  }

  #setMember(local: string, module: string | null, member: string): void {
    if (module !== null && (member === "promises" || member === "default")) {
      this.#set(local, member === "promises" && module === "fs" ? "fs/promises" : module, null);
    } else this.#set(local, module, member);
  }
}

/** The value of a plain string literal, or null. */
export function stringValue(node: SyntaxNode | null): string | null {
  if (node === null) return null;
  if (node.kind === "string") return node.text.slice(1, -1);
  if (node.kind === "template_string" && !node.text.includes("${")) return node.text.slice(1, -1);
  return null;
}

/** What a `require(...)` or an `import(...)` names. */
function specifierOf(node: SyntaxNode): string | null {
  const callee = node.field("function")?.text;
  if (callee !== "require" && callee !== "import") return null;
  return stringValue(operands(node.field("arguments") ?? node)[0] ?? null);
}

function moduleOfCall(node: SyntaxNode): string | null {
  const specifier = specifierOf(node);
  return specifier === null ? null : knownModule(specifier);
}

import type { Fate, FileFacts, PathValue, WriteSite } from "../analysis/site.ts";
import { Definitions } from "../analysis/definitions.ts";
import { ownerNames } from "../analysis/grammar.ts";
import { isDevicePath } from "../analysis/path-value.ts";
import type { Neighbour } from "../analysis/source.ts";
import type { AnyCall } from "../analysis/staging.ts";
import { Staging } from "../analysis/staging.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";
import type { Api } from "./apis.ts";
import { apiOf, isRemoval, isRename, memberNames } from "./apis.ts";
import { Bindings } from "./bindings.ts";
import { copiesFile } from "./copies.ts";
import { isEmptyData, isTouch, writesThrough } from "./data.ts";
import type { Access } from "./flags.ts";
import { accessOf, option } from "./flags.ts";
import { javascript } from "./grammar.ts";
import { Paths } from "./paths.ts";
import { javascriptReads } from "./reads.ts";

const { unwrap, lastName } = javascript;

interface Call {
  readonly node: SyntaxNode;
  readonly callee: SyntaxNode;
  readonly given: readonly SyntaxNode[];
  readonly member: string;
  readonly module: string;
}

function callsIn(node: SyntaxNode): AnyCall[] {
  return node.findAll(["call_expression"]).map((call) => ({
    node: call,
    name: lastName(call.field("function") ?? call),
    given: operands(call.field("arguments") ?? call),
  }));
}

/** Finds the calls that open, create, replace, rename or remove files, and says what becomes of each. */
export function javascriptSites(root: SyntaxNode, neighbour?: Neighbour): FileFacts {
  return new SiteFinder(root, neighbour).find();
}

class SiteFinder {
  readonly #root: SyntaxNode;
  readonly #bindings: Bindings;
  readonly #definitions: Definitions;
  readonly #paths: Paths;

  constructor(root: SyntaxNode, neighbour: Neighbour = () => null) {
    this.#root = root;
    this.#bindings = new Bindings(root, neighbour);
    this.#definitions = new Definitions(root, javascript);
    this.#paths = new Paths(root, this.#definitions);
  }

  find(): FileFacts {
    const calls = this.#calls();
    const renames = calls
      .filter((call) => isRename(call.member))
      .map((call) => ({ node: call.node, from: call.given[0] ?? null, to: call.given[1] ?? null }));
    const removals = calls
      .filter((call) => isRemoval(call.member))
      .map((call) => ({ node: call.node, path: call.given[0] ?? null }));
    const staging = new Staging(this.#root, this.#definitions, {
      renames,
      removals,
      callsIn,
      isTemporary: (path) => this.#paths.evaluate(path).temporary,
    });
    const sites = calls.map((call) => this.#site(call, staging)).filter((site) => site !== null);
    return {
      sites: [...sites, ...this.#bunFiles(staging)].sort((a, b) => a.node.start - b.node.start),
      renames,
      grammar: javascript,
      evaluate: (path) => this.#paths.evaluate(path),
      spellings: (path) => staging.spellings(path),
      reads: () => javascriptReads(this.#root),
    };
  }

  #calls(): Call[] {
    const names = [...new Set([...memberNames, ...this.#bindings.names()])].map((name) => name.replaceAll("$", "\\$"));
    const pattern = new RegExp(`^(${names.join("|")})$`);
    const calls: Call[] = [];
    for (const leaf of this.#root.findAll(["identifier", "property_identifier"], pattern)) {
      const holder = leaf.parent();
      const callee = holder?.kind === "member_expression" && leaf.kind === "property_identifier" ? holder : leaf;
      const node = callee.parent();
      if (node?.kind !== "call_expression" || node.field("function")?.start !== callee.start) continue;
      if (node.field("function")?.end !== callee.end) continue;
      const binding = this.#bindings.resolve(callee);
      if (binding?.member == null) continue;
      const list = node.field("arguments");
      const given = list === null ? [] : operands(list);
      calls.push({ node, callee, given, member: binding.member, module: binding.module });
    }
    return calls;
  }

  #site(call: Call, staging: Staging): WriteSite | null {
    const api = apiOf(call.module, call.member);
    const path = api === null ? undefined : call.given[api.path];
    if (api === null || path === undefined) return null;
    const target = this.#target(path);
    if (target === null) return null;
    const value = this.#paths.evaluate(target);
    const data = api.data === undefined ? null : (call.given[api.data] ?? null);
    const access = this.#access(call, api);
    if (access === "read" || access === null) return null;
    const options = api.options === undefined ? undefined : call.given[api.options];
    // A stream on a handle that is open already: its file belongs to the call that opened it.
    if (api.operation === "stream" && option(options, ["fd"], this.#definitions) !== null) return null;
    const source = api.source === undefined ? undefined : call.given[api.source];
    const fate = this.#fate(call, api, access, target, value, data, staging);
    return {
      node: call.node,
      callee: call.callee.text,
      // What an object was given may be another file system tomorrow: no fix goes past it.
      api: call.callee.text.startsWith("this.") ? `(${call.module}.${call.member})` : `${call.module}.${call.member}`,
      operation: api.operation,
      fate,
      path: target,
      value,
      data,
      dataFrom: this.#definitions.setTo(data),
      source: source === undefined ? null : this.#paths.evaluate(source),
      owners: ownerNames(call.node, javascript),
      mode: option(options, ["mode"], this.#definitions)?.text ?? null,
    };
  }

  #access(call: Call, api: Api): Access | null {
    if (api.append === true) return "append";
    const options = api.options === undefined ? undefined : call.given[api.options];
    if (api.operation === "copy")
      return options !== undefined && /COPYFILE_EXCL|errorOnExist/.test(options.text) ? "exclusive" : "replace";
    if (call.module === "Deno") return this.#denoAccess(call, api, options);
    if (api.operation === "open") {
      if (options === undefined) return api.flags === "w" ? "replace" : "read";
      const access = accessOf(options, this.#definitions);
      return access === "update" && !writesThrough(call.node) ? "read" : access;
    }
    const flag = option(options, ["flag", "flags"], this.#definitions);
    const access = flag === null ? "replace" : (accessOf(flag, this.#definitions) ?? "replace");
    return access === "update" || access === "read" ? "replace" : access;
  }

  #denoAccess(call: Call, api: Api, options: SyntaxNode | undefined): Access {
    const isTrue = (name: string): boolean => option(options, [name], this.#definitions)?.text === "true";
    if (isTrue("createNew")) return "exclusive";
    if (isTrue("append")) return "append";
    if (api.operation !== "open" || call.member.startsWith("create")) return "replace";
    return isTrue("write") || isTrue("truncate") ? "replace" : "read";
  }

  #fate(
    call: Call,
    api: Api,
    access: Access,
    path: SyntaxNode,
    value: PathValue,
    data: SyntaxNode | null,
    staging: Staging,
  ): Fate {
    if (isDevicePath(value.text)) return "device";
    if (api.atomic === true) return "atomic";
    if (access === "append") return "append";
    if (access === "exclusive") return "exclusive";
    const options = api.options === undefined ? undefined : call.given[api.options];
    if (api.operation === "copy") {
      if (option(options, ["recursive"], this.#definitions)?.text === "true") return "directory";
      const from = api.source === undefined ? null : (call.given[api.source] ?? null);
      const source = { node: from, value: from === null ? null : this.#paths.evaluate(from) };
      if (api.tree === true && !copiesFile(this.#root, [{ node: path, value }, source])) return "directory";
    }
    if (value.temporary) return "temporary";
    if (data !== null && isEmptyData(data, this.#definitions)) return "empty";
    if (api.operation === "open" && isTouch(call.node)) return "empty";
    return staging.fateOf(call.node, path) ?? "torn";
  }

  /** The node that names the path; null where the first argument is an open handle or a descriptor. */
  #target(path: SyntaxNode): SyntaxNode | null {
    const plain = unwrap(path);
    if (plain.kind === "number" || /^(Bun\.std(out|err)|process\.std(out|err)\.fd)$/.test(plain.text)) return null;
    if (plain.kind === "call_expression") {
      const callee = plain.field("function") ?? plain;
      if (callee.text === "Bun.file") return operands(plain.field("arguments") ?? plain)[0] ?? null;
      if (/^(fs\.)?openSync$/.test(callee.text)) return null;
    }
    if (plain.kind === "identifier" || plain.kind === "member_expression") {
      if (/(^|\.)(fd|fileDescriptor)$|[a-z]Fd$/.test(plain.text)) return null;
      const origin = this.#definitions.origin(plain.text, plain);
      if (origin.kind === "values") {
        const opened = origin.values.some((value) => {
          const call = unwrap(value);
          return call.kind === "call_expression" && /^open(Sync)?$/.test(lastName(call.field("function") ?? call));
        });
        if (opened) return null;
        const [only] = origin.values;
        const call = only === undefined ? null : unwrap(only);
        if (call?.kind === "call_expression" && call.field("function")?.text === "Bun.file") return this.#target(call);
      }
    }
    return plain;
  }

  /** `Bun.file(path).write(data)` and `.writer()`, also through a name. */
  #bunFiles(staging: Staging): WriteSite[] {
    if (!this.#root.text.includes("Bun.file")) return [];
    const sites: WriteSite[] = [];
    for (const leaf of this.#root.findAll(["property_identifier"], /^(write|writer)$/)) {
      const callee = leaf.parent();
      const node = callee?.parent();
      const object = callee?.field("object");
      if (!callee || !object || node?.kind !== "call_expression") continue;
      const path = this.#bunFilePath(object);
      if (path === null) continue;
      const data = leaf.text === "write" ? (operands(node.field("arguments") ?? node)[0] ?? null) : null;
      const value = this.#paths.evaluate(path);
      const empty = data !== null && isEmptyData(data, this.#definitions);
      const fate = value.temporary ? "temporary" : empty ? "empty" : (staging.fateOf(node, path) ?? "torn");
      const callText = `Bun.file().${leaf.text}`;
      const operation = leaf.text === "write" ? "write" : "stream";
      const shared = { path, value, data, source: null, owners: ownerNames(node, javascript), mode: null };
      sites.push({ node, callee: callText, api: callText, operation, fate, ...shared });
    }
    return sites;
  }

  #bunFilePath(object: SyntaxNode): SyntaxNode | null {
    const plain = unwrap(object);
    const isFile = (node: SyntaxNode): boolean =>
      node.kind === "call_expression" && node.field("function")?.text === "Bun.file";
    if (isFile(plain)) return operands(plain.field("arguments") ?? plain)[0] ?? null;
    if (plain.kind !== "identifier") return null;
    const origin = this.#definitions.origin(plain.text, plain);
    if (origin.kind !== "values" || origin.values[0] === undefined) return null;
    const made = unwrap(origin.values[0]);
    return isFile(made) ? (operands(made.field("arguments") ?? made)[0] ?? null) : null;
  }
}

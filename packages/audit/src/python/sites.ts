import { Definitions } from "../analysis/definitions.ts";
import { ownerNames } from "../analysis/grammar.ts";
import { isDevicePath } from "../analysis/path-value.ts";
import type { Fate, FileFacts, Operation, RenameSite, WriteSite } from "../analysis/site.ts";
import type { AnyCall } from "../analysis/staging.ts";
import { Staging } from "../analysis/staging.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { argumentsOf, python, stringValue } from "./grammar.ts";
import type { HandleUse } from "./handles.ts";
import { handleUse } from "./handles.ts";
import type { Call } from "./calls.ts";
import { callsOf, pathThenMode } from "./calls.ts";
import { Imports } from "./imports.ts";
import { isPathObject, kindOf } from "./objects.ts";
import type { Access } from "./modes.ts";
import { accessOfBits, accessOfMode, looksLikeMode } from "./modes.ts";
import { PythonPaths } from "./paths.ts";
import { libraryTarget } from "./libraries.ts";
import { pythonReads } from "./reads.ts";

const renames = /^(os\.(rename|renames|replace|link)|shutil\.move|aiofiles\.os\.(rename|replace))$/;
const encoding = /^(utf|ascii|latin|iso|cp|us-ascii|u8)/i;
const lockFile = /(?<![bc])lock|mutex|(?<![a-z])pid(?![a-z])|pid_?file/i;

/** What `untorn fix` puts in the place of a call. */
const atomicHelper = /(^|\.)untorn_files\.atomic_(open|write_text|write_bytes)$/;

/** What a call does before its path is looked at. */
interface Shape {
  readonly path: SyntaxNode;
  readonly access: Access;
  readonly operation: Operation;
  readonly data: SyntaxNode | null;
  readonly source: SyntaxNode | null;
  readonly mode: string | null;
}

/** Finds the calls of a Python file that open, create, replace, rename or remove files. */
export function pythonSites(root: SyntaxNode): FileFacts {
  const imports = new Imports(root);
  const definitions = new Definitions(root, python);
  const paths = new PythonPaths(root, definitions);
  const calls = callsOf(root, imports, definitions);
  const moved = calls.map(renameOf).filter((one) => one !== null);
  const removals = calls
    .filter((call) => /^os\.(remove|unlink)$|^\.unlink$/.test(call.name))
    .map((call) => ({
      node: call.node,
      path: call.name.startsWith(".") ? objectOf(call) : (call.given.positional[0] ?? null),
    }));
  const staging = new Staging(root, definitions, {
    renames: moved,
    removals,
    callsIn,
    isTemporary: (path) => paths.evaluate(path).temporary,
  });
  const sites: WriteSite[] = [];
  for (const call of calls) {
    const shape = shapeOf(call, definitions, root) ?? libraryShape(call, root);
    if (shape === null || shape.access === "read" || isHandle(shape.path, definitions)) continue;
    const value = paths.evaluate(shape.path);
    const use = shape.operation === "open" ? handleUse(call.node) : { written: true, data: shape.data, locked: false };
    sites.push({
      node: call.node,
      callee: call.name.startsWith(".") ? `Path${call.name}` : call.name,
      // What is reached by another name or handed over cannot be replaced where it is called.
      api: call.direct ? call.name : `(${call.name})`,
      operation: shape.operation,
      fate: fateOf(call, shape, value, use, staging),
      path: shape.path,
      value,
      data: use.data,
      dataFrom: definitions.setTo(use.data),
      source: shape.source === null ? null : paths.evaluate(shape.source),
      owners: ownerNames(call.node, python),
      mode: shape.mode,
    });
  }
  return {
    sites,
    renames: moved,
    grammar: python,
    evaluate: (path) => paths.evaluate(path),
    spellings: (path) => staging.spellings(path),
    reads: () => pythonReads(root),
  };
}

function fateOf(call: Call, shape: Shape, value: WriteSite["value"], use: HandleUse, staging: Staging): Fate {
  if (isDevicePath(value.text)) return "device";
  if (atomicHelper.test(call.name)) return "atomic";
  if (shape.access === "append") return "append";
  if (shape.access === "exclusive") return "exclusive";
  if (value.temporary) return "temporary";
  // A lock file says at most who holds it.
  if (use.locked && [value.text, ...value.names].some((name) => lockFile.test(name))) return "empty";
  if (!use.written || (shape.data !== null && stringValue(shape.data) === "")) return "empty";
  return staging.fateOf(call.node, shape.path) ?? "torn";
}

function shapeOf(call: Call, definitions: Definitions, root: SyntaxNode): Shape | null {
  const { given } = call;
  const [first, second, third] = given.positional;
  const plain = { data: null, source: null, mode: null };
  if (pathThenMode.test(call.name)) {
    // `GzipFile(fileobj=out, mode="wb")` packs into a file that is open already.
    if (given.keyword("fileobj") !== null) return null;
    const path = first ?? given.keyword("file") ?? given.keyword("name") ?? given.keyword("filename");
    const access = accessOfMode(second ?? given.keyword("mode"), definitions);
    return path === null || access === null
      ? null
      : { ...plain, path, access: atLeast(access, call), operation: "open" };
  }
  if (atomicHelper.test(call.name)) {
    return first === undefined
      ? null
      : { ...plain, path: first, data: second ?? null, access: "replace", operation: "write" };
  }
  if (call.name === "os.open" && first !== undefined) {
    const mode = third ?? given.keyword("mode");
    const bits = second === undefined ? "" : bitsText(second, definitions);
    return { ...plain, path: first, access: accessOfBits(bits), operation: "open", mode: mode?.text ?? null };
  }
  if (/^shutil\.(copy|copy2|copyfile)$/.test(call.name)) {
    const path = second ?? given.keyword("dst");
    const source = first ?? given.keyword("src");
    return path === null ? null : { ...plain, path, source: source ?? null, access: "replace", operation: "copy" };
  }
  if (/(^|\.)FileHandler$/.test(call.name) && first !== undefined) {
    const mode = second ?? given.keyword("mode");
    const access = mode === null ? "append" : accessOfMode(mode, definitions);
    return access === null ? null : { ...plain, path: first, access, operation: "stream" };
  }
  if (/^urllib\.request\.urlretrieve$/.test(call.name)) {
    const path = second ?? given.keyword("filename");
    return path === null ? null : { ...plain, path, access: "replace", operation: "stream" };
  }
  const object = objectOf(call);
  if (object === null) return null;
  if (!isPathObject(object, definitions, root)) return null;
  if (call.name === ".open") return pathOpen(object, given.positional, given.keyword("mode"), definitions);
  if (call.name === ".write_text" || call.name === ".write_bytes") {
    // Two things passed by position make it a project's own function, unless the second is an encoding.
    if (given.positional.length > 2 || (second !== undefined && !encoding.test(stringValue(second) ?? ""))) return null;
    const data = first ?? given.keyword("data");
    return data === null ? null : { ...plain, path: object, data, access: "replace", operation: "write" };
  }
  return null;
}

/** `numpy.save(path, array)`, `frame.to_csv(path)`; with a mode where there is one. */
function libraryShape(call: Call, root: SyntaxNode): Shape | null {
  const { given } = call;
  const path = libraryTarget(call.name, given, root.text);
  if (path === null) return null;
  const access = stringValue(given.keyword("mode"))?.startsWith("a") === true ? "append" : "replace";
  return { path, access, operation: "write", data: null, source: null, mode: null };
}

/** `path.open("w")`: the mode comes first, and must look like one. */
function pathOpen(
  object: SyntaxNode,
  positional: readonly SyntaxNode[],
  keyword: SyntaxNode | null,
  definitions: Definitions,
): Shape | null {
  const mode = keyword ?? positional[0];
  if (mode === undefined) return null;
  const literal = stringValue(mode);
  if (literal !== null && !looksLikeMode(literal)) return null;
  const access = accessOfMode(mode, definitions);
  return access === null ? null : { path: object, access, operation: "open", data: null, source: null, mode: null };
}

/** `r+` is an update in place only where something is written; many only lock or read. */
function atLeast(access: Access, call: Call): Access {
  if (access !== "update") return access;
  return handleUse(call.node).written ? "replace" : "read";
}

function bitsText(node: SyntaxNode, definitions: Definitions): string {
  const plain = python.unwrap(node);
  const origin = plain.kind === "identifier" ? definitions.origin(plain.text, plain) : null;
  return origin?.kind === "values" ? origin.values.map((value) => value.text).join("|") : plain.text;
}

/** An open descriptor is not a path; its content belongs to the call that opened it. */
function isHandle(path: SyntaxNode, definitions: Definitions): boolean {
  const plain = python.unwrap(path);
  if (kindOf(plain, definitions) === "file") return true;
  if (plain.kind === "integer" || /(^|_|\.)fd$|\.(fileno|detach)\(\)$|^sys\.std/.test(plain.text)) return true;
  // `open(os.open(path, flags, 0o600), "w")`
  if (plain.kind === "call") return /^os\.(open|dup)$/.test(plain.field("function")?.text ?? "");
  if (plain.kind !== "identifier") return false;
  const origin = definitions.origin(plain.text, plain);
  return (
    origin.kind === "values" &&
    // `with path.open("wb") as f: joblib.dump(model, f)`
    origin.values.some((value) => /^([\w.]*\.)?(BytesIO|StringIO|dup)\(|^[^\n]*?(\b|_|fd)open\(/.test(value.text))
  );
}

function renameOf(call: Call): RenameSite | null {
  const [first, second] = call.given.positional;
  if (renames.test(call.name)) return { node: call.node, from: first ?? null, to: second ?? null };
  // `text.replace(old, new)` has two arguments; `path.replace(target)` has one.
  const method = call.name === ".rename" || call.name === ".replace";
  if (!method || first === undefined || second !== undefined) return null;
  return { node: call.node, from: objectOf(call), to: first };
}

function objectOf(call: Call): SyntaxNode | null {
  return call.callee.kind === "attribute" ? call.callee.field("object") : null;
}

function callsIn(node: SyntaxNode): AnyCall[] {
  return node.findAll(["call"]).map((call) => ({
    node: call,
    name: python.lastName(call.field("function") ?? call),
    given: argumentsOf(call).positional,
  }));
}

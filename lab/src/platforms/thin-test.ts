// Stands in for node:test in runtimes whose own tells neither why a case was skipped nor, in one of them, that it was. Only what
// the tests of this project use of it.
import { appendFileSync } from "node:fs";
import type { CaseResult } from "./case-result.ts";

interface Options {
  readonly skip?: boolean | string | undefined;
  readonly timeout?: number | undefined;
}
type Hook = () => unknown;
type Body = (context: Context) => unknown;

interface Suite {
  readonly name: string;
  readonly skip: boolean | string | undefined;
  readonly before: Hook[];
  readonly after: Hook[];
  readonly items: (Case | Suite)[];
}

interface Case {
  readonly name: string;
  readonly options: Options;
  readonly body: Body;
}

const defaultTimeoutMs = 90_000;
const top = suite("", undefined);
let current = top;

function suite(name: string, skip: boolean | string | undefined): Suite {
  return { name, skip, before: [], after: [], items: [] };
}

/** As `TestContext` of node:test. */
class Context {
  readonly name: string;
  readonly hooks: Hook[] = [];
  readonly #controller = new AbortController();
  skipped: string | undefined;

  constructor(name: string) {
    this.name = name;
  }
  get signal(): AbortSignal {
    return this.#controller.signal;
  }
  after(hook: Hook): void {
    this.hooks.push(hook);
  }
  skip(reason = ""): void {
    this.skipped = reason;
  }
  diagnostic(message: string): void {
    console.log(`# ${message}`);
  }
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }
}

export function test(name: string, optionsOrBody: Options | Body, maybeBody?: Body): Promise<void> {
  const [options, body] = typeof optionsOrBody === "function" ? [{}, optionsOrBody] : [optionsOrBody, maybeBody];
  current.items.push({ name, options, body: body ?? (() => undefined) });
  return Promise.resolve();
}
export const it = test;
export default test;

export function describe(name: string, optionsOrBody: Options | Hook, maybeBody?: Hook): void {
  const [options, body] = typeof optionsOrBody === "function" ? [{}, optionsOrBody] : [optionsOrBody, maybeBody];
  const outer = current;
  const inner = suite(name, options.skip);
  outer.items.push(inner);
  current = inner;
  try {
    if (body?.() instanceof Promise)
      throw new Error(`describe("${name}") is asynchronous, which is not provided for here`);
  } finally {
    current = outer;
  }
}

export function before(hook: Hook): void {
  current.before.push(hook);
}

export function after(hook: Hook): void {
  (running?.after ?? current.after).push(hook);
}

let running: Suite | undefined;
let interrupt: ((error: unknown) => void) | undefined;

/** Runs what was registered, one case after the other, and appends a line of JSON for each to `out`. */
export async function runRegistered(file: string, out: string): Promise<void> {
  const onStray = (error: unknown): void => {
    if (interrupt === undefined)
      write(out, { file, suite: "", name: "(outside of any test)", status: "failed", detail: text(error) });
    else interrupt(error);
  };
  process.on("uncaughtException", onStray);
  process.on("unhandledRejection", onStray);
  await runSuite(top, undefined, [], (result) => write(out, { file, ...result }));
}

function write(out: string, result: CaseResult): void {
  appendFileSync(out, `${JSON.stringify(result)}\n`);
}

type Report = (result: Omit<CaseResult, "file">) => void;

async function runSuite(
  which: Suite,
  skip: boolean | string | undefined,
  around: readonly string[],
  report: Report,
): Promise<void> {
  const suite = around.join(" > ");
  const skipped = which.skip ?? skip;
  const outer = running;
  running = which;
  try {
    if (!isSkip(skipped)) for (const hook of which.before) await hook();
    for (const item of which.items) {
      if ("items" in item) await runSuite(item, skipped, [...around, item.name], report);
      else await runCase(item, skipped, (result) => report({ ...result, suite }));
    }
    for (const hook of which.after) await hook();
  } catch (error) {
    report({ suite, name: `hooks of ${which.name || "the file"}`, status: "failed", detail: text(error) });
  } finally {
    running = outer;
  }
}

function isSkip(skip: boolean | string | undefined): boolean {
  return skip !== undefined && skip !== false;
}

async function runCase(
  { name, options, body }: Case,
  inherited: boolean | string | undefined,
  report: (result: Omit<CaseResult, "file" | "suite">) => void,
): Promise<void> {
  const skip = options.skip ?? inherited;
  if (isSkip(skip)) return report({ name, status: "skipped", detail: skip === true ? "" : String(skip) });
  const context = new Context(name);
  let failure: unknown;
  let failed = false;
  const fail = (error: unknown): void => {
    if (!failed) [failed, failure] = [true, error];
  };
  const limit = options.timeout ?? defaultTimeoutMs;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stopped = new Promise<never>((_, reject) => {
    interrupt = reject;
    timer = setTimeout(() => {
      const error = new Error(`not done after ${limit} ms`);
      context.abort(error);
      reject(error);
    }, limit);
  });
  for (const part of [() => body(context), () => runHooks(context.hooks)]) {
    try {
      await Promise.race([(async () => part())(), stopped]);
    } catch (error) {
      fail(error);
    }
  }
  stopped.catch(() => undefined);
  clearTimeout(timer);
  interrupt = undefined;
  context.abort(new Error("the test has ended"));
  if (failed) report({ name, status: "failed", detail: text(failure) });
  else if (context.skipped !== undefined) report({ name, status: "skipped", detail: context.skipped });
  else report({ name, status: "passed", detail: "" });
}

async function runHooks(hooks: readonly Hook[]): Promise<void> {
  for (const hook of hooks) await hook();
}

function text(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

// A reporter of node:test: one line of JSON for each case.
import { relative, sep } from "node:path";
import { inspect } from "node:util";
import type { TestEvent } from "node:test/reporters";
import type { CaseResult } from "./case-result.ts";

export default async function* reporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  // The names around what is reported; a start is told before its parts are, and everything in the order of the file.
  const around: string[] = [];
  for await (const { type, data } of events) {
    if (type === "test:start") around[data.nesting] = data.name;
    if (type !== "test:pass" && type !== "test:fail") continue;
    const { details } = data;
    if (details.type === "suite") continue;
    const error = type === "test:fail" ? (data.details.error as Error & { failureType?: string }) : undefined;
    if (error?.failureType === "subtestsFailed") continue;
    const file = relative(process.cwd(), data.file ?? "")
      .split(sep)
      .join("/");
    const skipped = data.skip !== undefined && data.skip !== false;
    const status = skipped ? "skipped" : type === "test:pass" ? "passed" : "failed";
    const detail = skipped ? (data.skip === true ? "" : String(data.skip)) : error ? inspect(error.cause ?? error) : "";
    const suite = around.slice(0, data.nesting).join(" > ");
    const result: CaseResult = { file, suite, name: data.name, status, detail };
    yield `${JSON.stringify(result)}\n`;
  }
}

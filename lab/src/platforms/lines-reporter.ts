// A reporter of node:test: one line of JSON for each case.
import { relative, sep } from "node:path";
import { inspect } from "node:util";
import type { TestEvent } from "node:test/reporters";
import type { CaseResult } from "./case-result.ts";

export default async function* reporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
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
    const result: CaseResult = { file, name: data.name, status, detail };
    yield `${JSON.stringify(result)}\n`;
  }
}

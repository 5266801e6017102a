// Prints one line per test file, every failure in full, every skip with its reason, and the count as the last line.
import { inspect } from "node:util";
import { writeFileSync } from "node:fs";
import { relative } from "node:path";

/** What tests have to tell of themselves (states, kills, seeds): the crash tests ask for it. */
const tells = process.env.UNTORN_TEST_TELL === "1";
/** The runner's own counts, which are the last lines here anyway. */
const summaryLine = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

export default async function* reporter(events) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  const perFile = new Map();
  const failedFiles = new Set();
  const started = Date.now();
  for await (const { type, data } of events) {
    if (type === "test:stderr" || type === "test:stdout") yield data.message;
    if (type === "test:diagnostic" && tells && !summaryLine.test(data.message)) yield `${data.message}\n`;
    if (type !== "test:pass" && type !== "test:fail") continue;
    if (data.details?.type === "suite") continue;
    const file = data.file ? relative(process.cwd(), data.file) : "";
    if (type === "test:fail" && data.details?.error?.failureType === "subtestsFailed") continue;
    if (data.skip !== undefined) {
      count.skipped += 1;
      yield `skipped  ${data.name}: ${data.skip === true ? "no reason given" : data.skip}\n`;
    } else if (type === "test:pass") {
      count.passed += 1;
      perFile.set(file, (perFile.get(file) ?? 0) + 1);
    } else {
      count.failed += 1;
      if (data.file) failedFiles.add(data.file);
      const error = data.details?.error;
      yield `\nFAILED  ${data.name}  (${file}:${data.line ?? "?"})\n${inspect(error?.cause ?? error)}\n\n`;
    }
  }
  for (const [file, passed] of perFile) yield `${String(passed).padStart(5)} passed  ${file}\n`;
  yield `${((Date.now() - started) / 1000).toFixed(1)} s\n`;
  const summary = process.env.UNTORN_TEST_SUMMARY;
  if (summary) {
    const inFailed = [...failedFiles].reduce((sum, file) => sum + (perFile.get(relative(process.cwd(), file)) ?? 0), 0);
    writeFileSync(summary, JSON.stringify({ ...count, inFailed, failedFiles: [...failedFiles] }));
  }
  yield `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`;
}

// Appends records to a log, and says on standard output, after each call, which one is there for certain.
import { writeSync } from "node:fs";
import { appendLine, appendLines } from "../../src/jsonl.ts";
import type { Durability } from "../../src/index.ts";

const [, , path = "", name = "", times = "0", durability = "off"] = process.argv;
const options = { durability: durability as Durability, lockTimeoutMs: 60_000 };

for (let number = 1; number <= Number(times); number += 1) {
  const text = "x".repeat((number * 37) % 5_000);
  if (number % 3 === 0) await appendLines(path, [{ name, number, text }], options);
  else await appendLine(path, { name, number, text }, options);
  writeSync(1, `${number}\n`);
}

// Makes attempts in a process of its own, which may have a limit or another user: an attempt a line, an answer a line.
import { createInterface } from "node:readline";
import { attempt } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";

process.stdout.write("ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  const failure = await attempt(JSON.parse(line) as Attempt);
  process.stdout.write(`${JSON.stringify({ failure })}\n`);
}

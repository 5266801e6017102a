import type { Transaction } from "untorn";
import { setFrontmatter } from "untorn/frontmatter";
import { openJson } from "untorn/json";
import { parseArguments } from "../arguments.ts";
import { onlyResult, parseExactly, runFilter } from "../jq.ts";
import { markdownEdit } from "../markdown-edits.ts";
import { markdownOptions } from "../markdown-options.ts";
import { UsageError } from "../usage-error.ts";
import type { Step } from "./step.ts";

/** Does a step in a transaction. */
export async function carryOut(tx: Transaction, step: Step): Promise<void> {
  switch (step.op) {
    case "write":
      await tx.write(step.path, step.text, { mode: step.mode });
      return;
    case "json":
      await tx.write(step.path, await jsonEdit(tx, step.path, step.filter));
      return;
    case "md":
      await tx.write(step.path, await markdownStep(tx, step));
      return;
    case "frontmatter":
      return await tx.edit(step.path, (text = "") => setFrontmatter(text, step.key, step.value, { path: step.path }));
    case "remove":
      return await tx.remove(step.path);
    case "rename":
      return await tx.rename(step.path, step.to);
    case "mkdir":
      return await tx.mkdir(step.path);
    default:
      return step satisfies never;
  }
}

/** As `untorn json`: what the filter does not change keeps its bytes. */
async function jsonEdit(tx: Transaction, path: string, filter: string): Promise<string> {
  const { data } = await tx.readText(path);
  const document = openJson(data, { path });
  return document.edit(parseExactly(onlyResult(await runFilter(data, { filter, flags: [], path }), path)));
}

async function markdownStep(tx: Transaction, step: Extract<Step, { op: "md" }>): Promise<string> {
  const { values, operands } = await parseArguments(step.words, markdownOptions, {
    names: ["ACTION", "ARGUMENT"],
    least: 1,
    many: true,
    mayBeEmpty: true,
  });
  const [action] = operands;
  const edit = markdownEdit(operands, values);
  const content = values.text ?? step.text;
  if (content === undefined && edit.takesContent) {
    throw new UsageError(`${action} needs a text: --text TEXT, or <<END and the lines after it.`);
  }
  if (step.text !== undefined && !edit.takesContent) {
    throw new UsageError(`${action} takes no text here; section and block take one with --replace.`);
  }
  const { data } = await tx.readText(step.path);
  const answer = edit.run(data, content, step.path);
  if ("output" in answer) throw new UsageError(`'${action}' only reads; a transaction's script changes files.`);
  return answer.text;
}

import { buffer } from "node:stream/consumers";
import { readFile, updateFile } from "untorn";
import { durabilityOf, parseArguments } from "../arguments.ts";
import { exitStatus } from "../command.ts";
import { absent } from "../folder-named.ts";
import { markdownOptions } from "../markdown-options.ts";
import { textFrom } from "../input.ts";
import { print, printJson, tell } from "../output.ts";
import { UsageError } from "../usage-error.ts";

export const summary = "read and change fields, sections, tasks, tables and blocks of a Markdown file";

export const usage = `
usage: untorn md [OPTIONS] FILE get KEY                     print the value of \`KEY: value\` or \`**KEY:** value\`
       untorn md [OPTIONS] FILE set KEY VALUE               set it; --add: add it if it is not there
       untorn md [OPTIONS] FILE section HEADING ...         print a section; several HEADINGs: the one under the other
       untorn md [OPTIONS] FILE section --replace HEADING   replace its text by --text or standard input
       untorn md [OPTIONS] FILE append HEADING ...          add --text or standard input at its end
       untorn md [OPTIONS] FILE check TASK                  check \`- [ ] TASK\`; uncheck TASK does the reverse
       untorn md [OPTIONS] FILE task TASK                   add a task
       untorn md [OPTIONS] FILE table [ROW [COLUMN]]        print a table, the row whose first cell is ROW, a cell
       untorn md [OPTIONS] FILE table ROW COLUMN VALUE      set a cell
       untorn md [OPTIONS] FILE table --append CELL ...     add a row
       untorn md [OPTIONS] FILE block NAME                  print what is between <!-- NAME:BEGIN --> and <!-- NAME:END -->
       untorn md [OPTIONS] FILE block --replace NAME        replace it by --text or standard input
       untorn md [OPTIONS] FILE list                        print all fields, headings, tasks and blocks as JSON

What was not asked for keeps its bytes. A name that is not there, or is there more than once, is an error that says what
there is. What is in code, HTML comments or frontmatter is no field and no heading. Give values that start with - after --.

  --add                 set, append, section and block --replace: add it if it is not there
  --append              table: add a row of these cells
  --checked             task: it is done already
  --durability LEVEL    full (default: survives a power cut), normal (old or new after a power cut), off
  --form FORM           set --add: plain (KEY: value), bold (**KEY:** value), bold-key (**KEY**: value)
  --index N             which one if there are several, counted from 0
  --level N             section --add: the heading's level
  --match HOW           check: exact (default), start, part: how much of the task's text is given
  --own                 section, append: only the text up to the next heading, without the sections below
  --replace             section, block: replace instead of print
  --text TEXT           the text, instead of standard input
  --under HEADING       look only below this heading; repeated: the one under the other
  --json                print what was found, or a receipt, as JSON; errors as JSON too

Exit status: 0 done; 1 refused or failed, FILE is unchanged; 2 usage; 3 failed at or after the replace.
`;

const options = { ...markdownOptions, durability: { type: "string" } } as const;

export async function run(argv: string[]): Promise<number> {
  const { values, operands } = await parseArguments(argv, options, {
    names: ["FILE", "ACTION", "ARGUMENT"],
    least: 2,
    many: true,
    mayBeEmpty: true,
  });
  const [file = "", ...words] = operands;
  if (file === "") throw new UsageError("FILE is empty.");
  const { markdownEdit } = await import("../markdown-edits.ts");
  const edit = markdownEdit(words, values, ["durability"]);
  const durability = durabilityOf(values.durability);
  const content = values.text ?? (edit.takesContent ? await standardInputText() : undefined);
  const allowEmpty = values.add === true;
  const { data, etag, path } = await readFile(file, { encoding: "utf8", allowEmpty });
  const answer = edit.run(data, content, path);
  if ("output" in answer) {
    const { output } = answer;
    if (values.json === true || typeof output !== "string") await printJson(output);
    else await print(`${output}\n`);
  } else if (answer.text !== data) {
    // Once more under the lock, on what is there by then.
    const change = (current: string | undefined): string => {
      if (current === undefined) throw absent(path);
      const again = edit.run(current, content, path);
      return "text" in again ? again.text : current;
    };
    const { receipt } = await updateFile(file, change, { durability, allowEmpty });
    if (values.json === true) await printJson(receipt);
  } else if (values.json === true) {
    await printJson({ path, etag, unchanged: true });
  }
  return exitStatus.done;
}

/** Text from standard input. None is more often a program that failed before the pipe than a wish to empty something. */
async function standardInputText(): Promise<string> {
  if (process.stdin.isTTY) tell("reading from the terminal; end with Ctrl-D.");
  const bytes = await buffer(process.stdin);
  if (bytes.length === 0) throw new UsageError("Standard input is empty. To write an empty text, pass --text ''.");
  return textFrom(bytes, "Standard input");
}

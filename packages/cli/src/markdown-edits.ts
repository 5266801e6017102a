import {
  addTask,
  appendRow,
  appendSection,
  checkTask,
  getBlock,
  getField,
  getRow,
  getSection,
  getTable,
  listBlocks,
  listFields,
  listSections,
  listTasks,
  replaceBlock,
  replaceSection,
  setField,
  setRow,
  uncheckTask,
} from "@untorn/markdown";
import type { FieldForm, HeadingPath } from "@untorn/markdown";
import { UsageError } from "./usage-error.ts";

/** What follows FILE on the command line, read. */
export interface MarkdownRequest {
  /** `get`, `set`, `section`, ... */
  readonly action: string;
  readonly operands: readonly string[];
  readonly under?: HeadingPath;
  readonly index?: number;
  readonly add?: boolean;
  readonly form?: FieldForm;
  readonly match?: "exact" | "start" | "part";
  readonly checked?: boolean;
  readonly nested?: boolean;
  readonly level?: number;
  /** Replace what is named by `content`, or, for a table, append a row. */
  readonly replace?: boolean;
  readonly append?: boolean;
  /** The text for a section or block. */
  readonly content?: string;
  /** The file's name for error messages. */
  readonly path?: string;
}

/** The document after the edit, or what was asked about it. */
export type MarkdownAnswer = { readonly text: string } | { readonly output: unknown };

interface Action {
  /** The names of its operands, and how many must be there. */
  readonly names: readonly string[];
  readonly least?: number;
  readonly many?: boolean;
  run(text: string, operands: readonly string[], request: MarkdownRequest): MarkdownAnswer;
}

/** Whether an action takes a text, from `--text` or standard input. */
export function takesContent(action: string, replace: boolean): boolean {
  return action === "append" || ((action === "section" || action === "block") && replace);
}

const actions: Readonly<Record<string, Action>> = {
  get: { names: ["KEY"], run: (text, [key = ""], where) => ({ output: getField(text, key, where) }) },
  set: {
    names: ["KEY", "VALUE"],
    run: (text, [key = "", value = ""], where) => ({ text: setField(text, key, value, where) }),
  },
  section: {
    names: ["HEADING"],
    many: true,
    run: (text, headings, request) =>
      request.replace === true
        ? { text: replaceSection(text, headings, contentOf(request), request) }
        : { output: getSection(text, headings, request) },
  },
  append: {
    names: ["HEADING"],
    many: true,
    run: (text, headings, request) => ({ text: appendSection(text, headings, contentOf(request), request) }),
  },
  check: { names: ["TASK"], run: (text, [label = ""], where) => ({ text: checkTask(text, label, where) }) },
  uncheck: { names: ["TASK"], run: (text, [label = ""], where) => ({ text: uncheckTask(text, label, where) }) },
  task: { names: ["TASK"], run: (text, [label = ""], where) => ({ text: addTask(text, label, where) }) },
  table: { names: ["ROW", "COLUMN", "VALUE"], least: 0, many: true, run: table },
  block: {
    names: ["NAME"],
    run: (text, [name = ""], request) =>
      request.replace === true
        ? { text: replaceBlock(text, name, contentOf(request), request) }
        : { output: getBlock(text, name, request) },
  },
  list: {
    names: [],
    run: (text, _, where) => ({
      output: {
        fields: listFields(text, where),
        headings: listSections(text),
        tasks: listTasks(text, where),
        blocks: listBlocks(text),
      },
    }),
  },
};

/** The actions that there are. */
export const markdownActions: readonly string[] = Object.keys(actions);

/**
 * Does to a document what a command line asks for. Pure: the document comes and goes as text.
 * @throws UsageError for operands that do not fit the action; UntornError as the functions of `@untorn/markdown`.
 */
export function editMarkdown(text: string, request: MarkdownRequest): MarkdownAnswer {
  const { action: name, operands } = request;
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) {
    throw new UsageError(`There is no action '${name}'. It is one of ${markdownActions.join(", ")}.`);
  }
  const { names, least = names.length, many } = action;
  if (operands.length < least) throw new UsageError(`${name}: ${names[operands.length]} is missing.`);
  if (many !== true && operands.length > names.length) {
    throw new UsageError(`${name}: '${operands[names.length]}' is one argument too many.`);
  }
  return action.run(text, operands, request);
}

function table(text: string, operands: readonly string[], request: MarkdownRequest): MarkdownAnswer {
  const [row, column, value] = operands;
  if (request.append === true) return { text: appendRow(text, operands, request) };
  if (operands.length > 3) throw new UsageError(`table: '${operands[3]}' is one argument too many.`);
  if (row === undefined) return { output: getTable(text, request) };
  if (column !== undefined && value !== undefined) return { text: setRow(text, row, { [column]: value }, request) };
  const { columns } = getTable(text, request);
  const cells = Object.fromEntries(getRow(text, row, request).map((cell, at) => [columns[at] ?? "", cell]));
  if (column === undefined) return { output: cells };
  if (!Object.hasOwn(cells, column)) {
    throw new UsageError(`table: there is no column '${column}'. There is ${columns.join(", ")}.`);
  }
  return { output: cells[column] };
}

function contentOf({ content }: MarkdownRequest): string {
  if (content === undefined) throw new UsageError("The text is missing: give --text TEXT or standard input.");
  return content;
}

import {
  addTask,
  appendRow,
  appendSection,
  checkTask,
  getBlock,
  getCell,
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
import type { FieldForm } from "@untorn/markdown";
import { chooseAction } from "./actions.ts";
import type { Takes } from "./actions.ts";
import { given } from "./arguments.ts";
import { markdownWishes } from "./markdown-options.ts";
import type { MarkdownValues } from "./markdown-options.ts";
import { UsageError } from "./usage-error.ts";

/** What the options of a command line ask for. */
export interface MarkdownRequest {
  readonly under?: readonly string[];
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

interface Action extends Takes {
  act(text: string, operands: readonly string[], request: MarkdownRequest): MarkdownAnswer;
}

const actions: Readonly<Record<string, Action>> = {
  get: {
    takes: ["KEY"],
    options: ["index", "under"],
    act: (text, [key = ""], where) => ({ output: getField(text, key, where) }),
  },
  set: {
    takes: ["KEY", "VALUE"],
    options: ["add", "index", "under"],
    beside: { form: "add" },
    act: (text, [key = "", value = ""], where) => ({ text: setField(text, key, value, where) }),
  },
  section: {
    takes: ["HEADING", "[HEADING ...]"],
    options: ["index", "own", "replace", "under"],
    beside: { add: "replace", level: "add", text: "replace" },
    act: (text, headings, request) =>
      request.replace === true
        ? { text: replaceSection(text, below(headings, request), contentOf(request), request) }
        : { output: getSection(text, below(headings, request), request) },
  },
  append: {
    takes: ["HEADING", "[HEADING ...]"],
    options: ["add", "index", "own", "text", "under"],
    beside: { level: "add" },
    act: (text, headings, request) => ({
      text: appendSection(text, below(headings, request), contentOf(request), request),
    }),
  },
  check: {
    takes: ["TASK"],
    options: ["index", "match", "under"],
    act: (text, [label = ""], where) => ({ text: checkTask(text, label, where) }),
  },
  uncheck: {
    takes: ["TASK"],
    options: ["index", "match", "under"],
    act: (text, [label = ""], where) => ({ text: uncheckTask(text, label, where) }),
  },
  task: {
    takes: ["TASK"],
    options: ["checked", "under"],
    act: (text, [label = ""], where) => ({ text: addTask(text, label, where) }),
  },
  table: {
    takes: ["[ROW]", "[COLUMN]", "[VALUE ...]"],
    options: ["append", "index", "under"],
    act: table,
  },
  block: {
    takes: ["NAME"],
    options: ["index", "replace", "under"],
    beside: { add: "replace", text: "replace" },
    act: (text, [name = ""], request) =>
      request.replace === true
        ? { text: replaceBlock(text, name, contentOf(request), request) }
        : { output: getBlock(text, name, request) },
  },
  list: {
    takes: [],
    options: ["under"],
    act: (text, _, where) => ({
      output: {
        fields: listFields(text, where),
        headings: listSections(text, where),
        tasks: listTasks(text, where),
        blocks: listBlocks(text, where),
      },
    }),
  },
};

/** An edit of Markdown as a command line asks for it. */
export interface MarkdownEdit {
  /** Whether it takes a text, from `--text` or standard input. */
  readonly takesContent: boolean;
  /**
   * Does it to a document. Pure: the document comes and goes as text; `path` is the file's name for error messages.
   * @throws UntornError as the functions of `@untorn/markdown`; UsageError for operands that do not fit.
   */
  run(text: string, content: string | undefined, path: string): MarkdownAnswer;
}

/**
 * What the words after FILE ask for, checked before anything is read.
 * @throws UsageError for what the action does not take.
 */
export function markdownEdit(
  words: readonly string[],
  values: MarkdownValues,
  always: readonly string[] = [],
): MarkdownEdit {
  const { name, action, operands } = chooseAction(actions, words, { ...values }, always);
  const wishes = given(markdownWishes(values));
  return {
    takesContent: name === "append" || ((name === "section" || name === "block") && values.replace === true),
    run: (text, content, path) => action.act(text, operands, given({ ...wishes, content, path })),
  };
}

/** Headings from the outermost on: those of `--under` come first. */
function below(headings: readonly string[], { under = [] }: MarkdownRequest): readonly string[] {
  return [...under, ...headings];
}

function table(text: string, operands: readonly string[], request: MarkdownRequest): MarkdownAnswer {
  const [row, column, value] = operands;
  if (request.append === true) return { text: appendRow(text, operands, request) };
  if (operands.length > 3) throw new UsageError(`table: '${operands[3]}' is one argument too many.`);
  if (row === undefined) return { output: getTable(text, request) };
  if (column !== undefined && value !== undefined) return { text: setRow(text, row, { [column]: value }, request) };
  if (column !== undefined) return { output: getCell(text, row, column, request) };
  const { columns } = getTable(text, request);
  const cells = getRow(text, row, request).map((cell, at) => [columns[at] ?? "", cell] as const);
  // An object holds one cell of a name: where several columns have it, that is refused as it is when one cell is asked for.
  const twice = columns.find((name, at) => columns.indexOf(name) !== at);
  if (twice !== undefined) getCell(text, row, twice, request);
  return { output: Object.fromEntries(cells) };
}

function contentOf({ content }: MarkdownRequest): string {
  if (content === undefined) throw new UsageError("The text is missing: give --text TEXT or standard input.");
  return content;
}

import { oneOf, wholeNumber } from "./arguments.ts";

/** What every edit of Markdown takes, as `untorn md` and the `md` of a transaction's script. */
export const markdownOptions = {
  add: { type: "boolean" },
  append: { type: "boolean" },
  checked: { type: "boolean" },
  form: { type: "string" },
  index: { type: "string" },
  level: { type: "string" },
  match: { type: "string" },
  own: { type: "boolean" },
  replace: { type: "boolean" },
  text: { type: "string" },
  under: { type: "string", multiple: true },
} as const;

/** The values of `markdownOptions`, as they were typed. */
export interface MarkdownValues {
  readonly add?: boolean | undefined;
  readonly append?: boolean | undefined;
  readonly checked?: boolean | undefined;
  readonly form?: string | undefined;
  readonly index?: string | undefined;
  readonly level?: string | undefined;
  readonly match?: string | undefined;
  readonly own?: boolean | undefined;
  readonly replace?: boolean | undefined;
  readonly text?: string | undefined;
  readonly under?: string[] | undefined;
}

/** What they ask for; `undefined` for what was not given. */
export function markdownWishes(values: MarkdownValues) {
  return {
    under: values.under,
    index: wholeNumber("--index", values.index),
    add: values.add,
    append: values.append,
    checked: values.checked,
    form: oneOf("--form", values.form, ["plain", "bold", "bold-key"]),
    level: wholeNumber("--level", values.level),
    match: oneOf("--match", values.match, ["exact", "start", "part"]),
    nested: values.own === true ? false : undefined,
    replace: values.replace,
  };
}

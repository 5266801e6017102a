import type { Choices } from "./choices.ts";

/** One member or item of a random frontmatter, with the lines that are its own. */
export interface Member {
  readonly path: readonly string[];
  /** In the whole text; from the first character of its first line to the end of its last line. */
  readonly start: number;
  readonly end: number;
  /** Whether it stands on the line of an item's dash. */
  readonly dash: boolean;
}

export interface Sample {
  readonly text: string;
  readonly members: readonly Member[];
  /** Where the body begins. */
  readonly body: number;
}

const keys = ["title", "status", "a.b", "id", "no", "x-y", "tags", "1", "'q k'", '"d k"', "__proto__", "k\u00e9y"];
const plain = [
  "open",
  "1",
  "1.50",
  "12345678901234567890",
  "true",
  "null",
  "~",
  "no",
  "2024-01-01",
  "a b",
  ".inf",
  "-0",
  "http://x/#y",
];
const quoted = ["'it''s'", '"a\\tb"', "'no'", '"\\u00e9 \\\\ # x"', "''"];
const flows = ["[]", "{}", "[a, b]", "[ 1,2 , 'c' ]", "{a: 1, b: [x]}", "{ }", "[a, {b: c}, ]"];
const bodies = [
  "",
  "text\n",
  "# Title\n\n---\nkey: value\n---\n",
  "\n\n$& \\1\r\nmixed\n",
  "no newline at end",
  "---\n",
];

/** Random frontmatter, made line by line, so that what belongs to which member is known without any parser. */
export function frontmatterText(choices: Choices): Sample {
  const newline = choices.chance(25) ? "\r\n" : "\n";
  const unit = " ".repeat(2 + choices.below(2) * 2);
  const members: Member[] = [];
  let text = `${choices.chance(15) ? "\uFEFF" : ""}---${choices.chance(10) ? " " : ""}${newline}`;
  const line = (content: string) => {
    text += content + newline;
  };
  const noise = (indent: string) => {
    if (choices.chance(15)) line(`${indent}# comment: [x`);
    if (choices.chance(8)) line("");
  };
  const tail = () => (choices.chance(15) ? "  # tail: x" : "");

  const scalarLines = (head: string, indent: string): void => {
    const kind = choices.below(6);
    if (kind === 0) line(`${head} ${choices.pick(quoted)}${tail()}`);
    else if (kind === 1) line(`${head} ${choices.pick(flows)}${tail()}`);
    else if (kind === 2) {
      line(`${head} ${choices.pick(["|", ">", "|-", ">-"])}`);
      line(`${indent}${unit}first # no comment`);
      if (choices.chance(50)) line(`${indent}${unit}  second: x`);
      if (choices.chance(20)) line("");
    } else if (kind === 3 && choices.chance(30)) line(`${head}${tail()}`);
    else line(`${head} ${choices.pick(plain)}${tail()}`);
  };

  const map = (path: readonly string[], indent: string, depth: number, firstHead?: string) => {
    const used = new Set<string>();
    const count = 1 + choices.below(4);
    for (let i = 0; i < count; i++) {
      const key = choices.pick(keys);
      if (used.has(key)) continue;
      used.add(key);
      if (i > 0 || firstHead === undefined) noise(indent);
      const start = text.length;
      const name = key.replace(/^["']|["']$/g, "");
      const own = [...path, name];
      const head = `${i === 0 && firstHead !== undefined ? firstHead : indent}${key}:`;
      const kind = depth >= 3 || choices.left === 0 ? 0 : choices.below(5);
      if (kind === 1) {
        line(head + tail());
        map(own, indent + unit, depth + 1);
      } else if (kind === 2) {
        line(head + tail());
        list(own, indent + (choices.chance(50) ? unit : ""), depth + 1);
      } else scalarLines(head, indent);
      members.push({ path: own, start, end: text.length, dash: i === 0 && firstHead !== undefined });
    }
  };

  const list = (path: readonly string[], indent: string, depth: number) => {
    const count = 1 + choices.below(3);
    for (let i = 0; i < count; i++) {
      const own = [...path, String(i)];
      noise(indent);
      const start = text.length;
      if (choices.chance(30) && depth < 3) map(own, `${indent}  `, depth + 1, `${indent}- `);
      else scalarLines(`${indent}-`, indent);
      members.push({ path: own, start, end: text.length, dash: false });
    }
  };

  if (choices.chance(95)) map([], "", 0);
  noise("");
  line(choices.chance(90) ? "---" : "...");
  const body = text.length;
  text += choices.pick(bodies);
  return { text, members, body };
}

/** What is set: every kind of string that YAML would read as something else, and every shape. */
export const newValues: readonly unknown[] = [
  "new",
  1,
  -2.5,
  true,
  null,
  "no",
  "1.0",
  "2024-01-01",
  "null",
  "",
  " lead",
  "a: b",
  "x #y",
  "- z",
  "two\nlines",
  "tail \n\n",
  "\r\n",
  "$& \\1 ' \" /",
  "\ud800 \u2028 \0",
  "---",
  [],
  {},
  ["a", 1, null],
  { k: "v", l: [1, { m: "n" }] },
  [["x"], { y: [] }],
];

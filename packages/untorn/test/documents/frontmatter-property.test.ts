import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { deleteFrontmatter, parseFrontmatter, setFrontmatter } from "../../src/frontmatter.ts";
import type { Frontmatter } from "../../src/frontmatter.ts";
import { isUntornError } from "../../src/platform/index.ts";
import { property } from "./choices.ts";
import type { Choices } from "./choices.ts";
import { frontmatterText, newValues } from "./frontmatter-texts.ts";
import type { Member, Sample } from "./frontmatter-texts.ts";

/**
 * "Outside the edit" means, precisely: for a set of an existing member or item, and for a delete, every byte that is not
 * on the lines of that member (the generator knows them; no parser is asked); for an addition, every byte. Where the
 * last member of a nested collection goes, the lines are those of the collection's own member (it becomes {} or []);
 * where the first member on a dash's line goes, the next one takes its place there, so its indent counts as inside.
 */
function checkOutside(before: string, after: string, member: Member | undefined, dash: boolean): void {
  if (member === undefined) {
    let front = 0;
    while (front < before.length && before[front] === after[front]) front++;
    assert.ok(after.endsWith(before.slice(front)), "an addition changes no old byte");
    return;
  }
  const [head, tail] = [before.slice(0, member.start), before.slice(member.end)];
  assert.ok(after.startsWith(head), "bytes in front of the member are kept");
  assert.ok(after.slice(head.length).endsWith(dash ? tail.trimStart() : tail), "bytes after the member are kept");
}

function at(data: unknown, path: readonly string[]): unknown {
  let target: unknown = data;
  for (const key of path) target = Object.getOwnPropertyDescriptor(Object(target), key)?.value;
  return target;
}

function put(data: unknown, path: readonly string[], value: unknown): void {
  const target = at(data, path.slice(0, -1)) as object;
  Object.defineProperty(target, path.at(-1) ?? "", { value, enumerable: true, configurable: true, writable: true });
}

function remove(data: unknown, path: readonly string[]): void {
  const target = at(data, path.slice(0, -1)) as object;
  if (Array.isArray(target)) target.splice(Number(path.at(-1)), 1);
  else Reflect.deleteProperty(target, path.at(-1) ?? "");
}

/** Edits of one document, each from the same text, so that it has to be made and read once. */
const editsEach = 4;
const documents = 25_000;
let edits = 0;
let refused = 0;

function checkEdit(
  choices: Choices,
  { text, members }: Sample,
  { data: original, body }: Frontmatter,
  note: (facts: object) => void,
): void {
  const data = structuredClone(original);
  const member = members.length > 0 ? choices.pick(members) : undefined;
  const kind = choices.below(4);
  const path =
    member === undefined || kind === 0 ? [...(member?.path.slice(0, -1) ?? []), "new key"] : [...member.path];
  const value = choices.pick(newValues);
  if (kind === 0 && member !== undefined && /^\d+$/.test(member.path.at(-1) ?? "") && member.path.length > 1) {
    const parent = at(data, member.path.slice(0, -1));
    if (Array.isArray(parent)) path[path.length - 1] = String(parent.length);
  }
  note({ path, value, kind });
  edits++;
  let edited;
  try {
    edited = kind === 3 && member !== undefined ? deleteFrontmatter(text, path) : setFrontmatter(text, path, value);
  } catch (error) {
    assert.ok(isUntornError(error) && /by hand/.test(error.message), String(error));
    refused++;
    return;
  }
  note({ edited });
  const list = at(data, path.slice(0, -1));
  const index = Number(path.at(-1));
  // Of two equal neighbours in a list, either may go.
  const twin =
    Array.isArray(list) && [index - 1, index + 1].some((i) => i in list && isDeepStrictEqual(list[i], list[index]));
  if (kind === 3 && member !== undefined) remove(data, path);
  else put(data, path, value);
  const after = parseFrontmatter(edited);
  assert.ok(isDeepStrictEqual(after.data, data), "the data is what was asked for");
  assert.equal(after.body, body);
  if (member === undefined || kind === 0) {
    checkOutside(text, edited, undefined, false);
    return;
  }
  if (kind === 3 && twin) return;
  const inside = (where: readonly string[]) =>
    members.filter((other) => isDeepStrictEqual(other.path.slice(0, -1), where));
  const parent = path.slice(0, -1);
  const alone = kind === 3 && inside(parent).length === 1;
  const around = members.find((other) => isDeepStrictEqual(other.path, parent));
  const first = inside(parent).every((other) => other.start >= member.start);
  checkOutside(text, edited, alone ? (around ?? member) : member, kind === 3 && first && member.dash);
}

void test("an edited frontmatter means what was asked, and what is outside the edit keeps its bytes", () => {
  property(`frontmatter, ${editsEach} edits each`, documents, 40, (choices, note) => {
    // The edits are drawn first, so that a long document does not use up what they are drawn from.
    const drawn = Array.from({ length: editsEach }, () => choices.take(3));
    const sample: Sample = frontmatterText(choices);
    note({ text: sample.text });
    const parsed = parseFrontmatter(sample.text);
    assert.equal(parsed.body, sample.text.slice(sample.body));
    for (const one of drawn) checkEdit(one, sample, parsed, note);
  });
  assert.ok(edits >= 100_000, `${edits} edits`);
  assert.ok(refused < edits / 100, `${refused} refusals`);
});

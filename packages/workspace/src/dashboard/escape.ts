/** Text that may stand in HTML, between tags and in quoted attributes. Characters that HTML forbids become U+FFFD. */
export function escapeHtml(text: string): string {
  if (!special.test(text)) return text;
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "").replace(forbidden, "\ufffd");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Whether there is anything to do: mostly there is not. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const special = /[&<>"'\u0000-\u0008\u000b-\u001f\u007f-\u009f\ud800-\uffff]/;

/** Controls besides white space, surrogates without a partner and noncharacters (HTML, 13.1.4). */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const forbidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\p{Surrogate}\p{Noncharacter_Code_Point}]/gu;

/** A piece of HTML: what was put into it as text is escaped. */
export class Html {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

type Part = string | number | Html | undefined | readonly Html[];

/** HTML from a template: every value is escaped, unless it is HTML itself. Not called `html`, so that formatters leave it alone. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let source = strings[0] ?? "";
  parts.forEach((part, index) => {
    source += rendered(part) + (strings[index + 1] ?? "");
  });
  return new Html(source);
}

function rendered(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.source;
  if (typeof part === "object") return part.map((each) => each.source).join("");
  return escapeHtml(String(part));
}

import { rules } from "./rules/index.ts";

/** What a rule is about, for a terminal; null where there is no such rule. */
export function explain(name: string): string | null {
  const rule = rules.find((one) => one.name === name);
  if (rule === undefined) return null;
  const languages = rule.families.map(
    (family) => ({ javascript: "TypeScript and JavaScript", python: "Python", bash: "Bash" })[family],
  );
  return [
    `${rule.name}: ${rule.title}`,
    "",
    `What can happen: ${rule.risk}`,
    "",
    `What to do: ${rule.remedy}`,
    "",
    `Languages: ${languages.join(", ")}.${rule.level === "note" ? " A note: shown only with --rule or when switched on in untorn.config." : ""}`,
    `To leave one place alone: untorn-ignore-next-line ${rule.name} -- why`,
    "",
  ].join("\n");
}

/** Every rule's name and title. */
export function ruleList(): readonly { readonly name: string; readonly title: string }[] {
  return rules.map(({ name, title }) => ({ name, title }));
}

import type { ReadSite } from "../analysis/site.ts";
import type { SyntaxNode } from "../engine/index.ts";
import { operands } from "../engine/index.ts";

/** Commands that read the files they are given; a quoted program (`'.a = 1'`) is not a file. */
export function bashReads(root: SyntaxNode): ReadSite[] {
  const names = root.findAll(["command_name"], /^(jq|yq|cat|awk|sed|sort|head|tail|source|\.)$/);
  return names.flatMap((name) => {
    const node = name.parent() ?? name;
    return operands(node)
      .slice(1)
      .filter((word) => word.kind !== "raw_string" && !word.text.startsWith("-"))
      .map((path) => ({ node, path }));
  });
}

import { bashSites } from "../bash/sites.ts";
import { javascriptSites } from "../javascript/sites.ts";
import { pythonSites } from "../python/sites.ts";
import type { FileFacts } from "./site.ts";
import type { Source } from "./source.ts";

/** What a file does to other files, by its language. */
export function factsOf(source: Source): FileFacts {
  switch (source.family) {
    case "javascript":
      return javascriptSites(source.root);
    case "python":
      return pythonSites(source.root);
    case "bash":
      return bashSites(source.root);
  }
}

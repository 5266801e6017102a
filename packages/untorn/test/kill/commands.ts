import { fileCommands } from "./file-commands.ts";
import { workspaceCommands } from "./workspace-commands.ts";

/** Every command that is killed and failed at each of its file calls. */
export const commandVictims = [...fileCommands, ...workspaceCommands];

const readsOnly = "it reads only";
const edit = "another pure edit in the same update as `md set` and `md append`";

/** The commands that are not among them, by the words that call them, and why. */
export const withoutVictim: Readonly<Record<string, string>> = {
  "append --follow": "each line that comes is one `append`, and readers may see any number of them",
  audit: "without --write-baseline, which is a row, it reads only",
  check: readsOnly,
  crashtest: "what it writes is in memory",
  "dashboard --watch": "every drawing is what `dashboard` does",
  diff: readsOnly,
  "epic list": readsOnly,
  explain: readsOnly,
  "frontmatter get": readsOnly,
  get: readsOnly,
  history: readsOnly,
  "item list": readsOnly,
  "item show": readsOnly,
  locks: readsOnly,
  "md get": readsOnly,
  "md section": readsOnly,
  "md section --replace": edit,
  "md check": edit,
  "md task": edit,
  "md table": "with a value, another pure edit in the same update as `md set`; without, it reads only",
  "md table --append": edit,
  "md block": readsOnly,
  "md block --replace": edit,
  "md list": readsOnly,
  "patch list": readsOnly,
  "patch show": readsOnly,
  "pipeline next": "it writes only where the state is corrupt, as `pipeline show` does",
  read: readsOnly,
  "registry list": readsOnly,
  "registry show": readsOnly,
  "registry history": readsOnly,
  "run drive --":
    "each of its steps is another row (agent spawn, checkpoint save, plan complete); it is killed at random in runs/driver-kills.test.ts",
  "run release": "it changes a lease of the store, in `.untorn`, and nothing else",
  "run status": readsOnly,
  "run checkpoint show": readsOnly,
  watch: readsOnly,
};

import { relative } from "node:path";
import { isUntornError } from "untorn";
import type { BoardServer, Shown } from "@untorn/workspace/dashboard";
import { parseArguments, wholeNumber } from "../arguments.ts";
import { below } from "../below.ts";
import { tell } from "../output.ts";
import { answer, projectAt, projectFolder, rootLine, statusLine } from "../project-command.ts";
import { UsageError } from "../usage-error.ts";

export { statusOf } from "../project-command.ts";

export const summary = "draw a project's board as one HTML file";

export const usage = `
usage: untorn dashboard [OPTIONS]

Draws the work items of a project as a board: backlog, active and completed, grouped by epic, with progress. One HTML file
that needs nothing else, .project/dashboard.html if nothing is said.

  --output FILE  where to write it
  --watch        draw it again after every change, until Ctrl-C or SIGTERM
  --serve        show it live on this machine, at http://127.0.0.1:PORT/; with --watch or --output write the file, too
  --port N       for --serve: the port (default: a free one)
  ${rootLine.replace("--root DIR    ", "--root DIR     ")}
  --json         print what was written; errors as JSON too

${statusLine}
`;

const options = {
  output: { type: "string" },
  watch: { type: "boolean" },
  serve: { type: "boolean" },
  port: { type: "string" },
  root: { type: "string" },
} as const;

export async function run(argv: string[]): Promise<number> {
  const { values } = await parseArguments(argv, options, { names: [] });
  const port = wholeNumber("--port", values.port);
  if (port !== undefined && port > 65_535) throw new UsageError("--port takes a number up to 65535.");
  const [{ machine }, library] = await Promise.all([
    import("@untorn/workspace/ground"),
    import("@untorn/workspace/dashboard"),
  ]);
  const folder = projectFolder(values.root);
  const place = { folder, ground: machine };
  const output = values.output ?? below(folder, "dashboard.html");
  const asJson = values.json;
  const writes = values.serve !== true || values.watch === true || values.output !== undefined;

  const write = async (shown: Shown): Promise<void> => {
    const receipt = await library.writeDashboard(place, shown, output);
    const items = shown.board.columns.reduce((sum, column) => sum + column.count, 0);
    const done = { path: receipt.path, items, made: shown.board.made, problem: shown.problem };
    await answer(asJson, done, () => [
      `${relative(".", receipt.path)}: ${items} items${shown.problem ? "; " : ""}${shown.problem ?? ""}`,
    ]);
  };

  if (values.watch !== true && values.serve !== true) {
    await write({ board: await library.readBoard(place) });
    return 0;
  }
  // Where there is no project at all, there is nothing to wait for.
  await (await projectAt(values.root)).listEpics().catch(unlessCorrupt);
  const end = untilEnded();
  const server = values.serve === true ? await library.serveBoard(await library.readShown(place), port) : undefined;
  if (server !== undefined) await answer(asJson, { url: server.url }, () => [server.url]);
  try {
    await library.watchBoard(place, (shown) => showEverywhere(shown, server, writes ? write : undefined), end);
  } finally {
    await server?.close();
  }
  return 0;
}

/** A file that cannot be written now is told of and tried again after the next change; who looks goes on looking. */
async function showEverywhere(
  shown: Shown,
  server: BoardServer | undefined,
  write: ((shown: Shown) => Promise<void>) | undefined,
): Promise<void> {
  server?.show(shown);
  try {
    await write?.(shown);
  } catch (error) {
    if (!isUntornError(error)) throw error;
    tell(error.message);
  }
}

/** A registry that cannot be read is shown in a banner, and may be mended while we watch. */
function unlessCorrupt(error: unknown): void {
  if (!isUntornError(error) || error.code !== "UNTORN_CORRUPT") throw error;
}

/** Ctrl-C and SIGTERM end a watch as it is meant to end. A second one ends it at once. */
function untilEnded(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

import { parseArguments } from "../arguments.ts";
import { answer, columns, needed, projectAt, rootLine, runAction, statusLine } from "../project-command.ts";

export { statusOf } from "../project-command.ts";

export const summary = "add and list the epics of a project";

export const usage = `
usage: untorn epic add --title TITLE [OPTIONS]
       untorn epic list [OPTIONS]

An epic is a larger piece of work that items belong to. It has a code that is never given again, such as EP-001, and is
completed with the last of its items.

  --title TITLE one line of text
  ${rootLine}
  --json        print what was added or is there; errors as JSON too

${statusLine}
`;

export function run(argv: string[]): Promise<number> {
  return runAction(argv, {
    async add(rest) {
      const options = { title: { type: "string" }, root: { type: "string" } } as const;
      const { values } = await parseArguments(rest, options, { names: [] });
      const title = needed("--title", values.title);
      const epic = await (await projectAt(values.root)).addEpic({ title });
      await answer(values.json, epic, () => [`${epic.code}  ${epic.title}`]);
    },
    async list(rest) {
      const { values } = await parseArguments(rest, { root: { type: "string" } }, { names: [] });
      const epics = await (await projectAt(values.root)).listEpics();
      await answer(values.json, epics, () =>
        columns(
          epics.map(({ code, status, completed, items, title }) => [code, status, `${completed}/${items}`, title]),
        ),
      );
    },
  });
}

import { parseArguments } from "../arguments.ts";
import { answer, projectAt, runAction, statusLine } from "../project-command.ts";

export { statusOf } from "../project-command.ts";

export const summary = "begin a project registry in .project/";

export const usage = `
usage: untorn project init [OPTIONS] [DIR]

Makes DIR/.project with an empty registry (default: the current folder). A project that is there is left as it is.
Items are added with \`untorn item\`, epics with \`untorn epic\`; \`untorn reconcile\` mends, \`untorn dashboard\` draws.

  --json    print what was done; errors as JSON too

${statusLine}
`;

export function run(argv: string[]): Promise<number> {
  return runAction(argv, {
    async init(rest) {
      const { values, operands } = await parseArguments(rest, {}, { names: ["DIR"], least: 0 });
      const project = await projectAt(operands[0] ?? ".");
      const done = await project.init();
      await answer(values.json, done, () => [
        done.created ? `${done.folder} is a project now.` : `${done.folder} is a project already.`,
      ]);
    },
  });
}

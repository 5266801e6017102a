import type { ShownItem } from "@untorn/workspace/project";
import { given, oneOf, parseArguments, wholeNumber } from "../arguments.ts";
import { answer, columns, needed, projectAt, rootLine, runAction, statusLine } from "../project-command.ts";

export { statusOf } from "../project-command.ts";

export const summary = "add, move, update, list and show the work items of a project";

export const usage = `
usage: untorn item add --title TITLE [--epic EP-001] [--stage backlog|active] [--owner NAME] [OPTIONS]
       untorn item move WI-001 --to backlog|active|completed [--owner NAME] [OPTIONS]
       untorn item update WI-001 --artifact spec|design|plan [--status draft|in-progress|complete] [--owner NAME]
                          [--phases-total N] [--phases-complete N] [--create] [OPTIONS]
       untorn item list [--stage STAGE] [--epic EP-001] [OPTIONS]
       untorn item show WI-001 [OPTIONS]

add      gives the item a code that is never given again. In the backlog it is only listed; active, it has a folder.
move     backlog to active makes the folder and a spec to be written; active to completed puts the date in front of the
         folder's name, adds a line to .project/CHANGELOG.md, and completes the epic with its last item; active to backlog
         keeps the folder's content in .project/quarantine. Other moves are refused.
update   changes the frontmatter of an artifact and stamps \`updated\`; --create makes one that is not there.

Each is one transaction: registry, artifact, folder and changelog agree after a crash at any point.

  ${rootLine}
  --json        print the item; errors as JSON too

${statusLine}
`;

const root = { type: "string" } as const;
const text = { type: "string" } as const;
const item = { names: ["ITEM"] } as const;

export function run(argv: string[]): Promise<number> {
  return runAction(argv, { add, move, update, list, show });
}

async function add(argv: string[]): Promise<void> {
  const options = { title: text, epic: text, stage: text, owner: text, root } as const;
  const { values } = await parseArguments(argv, options, { names: [] });
  const title = needed("--title", values.title);
  const stage = oneOf("--stage", values.stage, ["backlog", "active"]);
  const { epic, owner } = values;
  const added = await (await projectAt(values.root)).addItem({ title, ...given({ epic, stage, owner }) });
  await answer(values.json, added, () => [`${added.code}  ${added.path ?? added.stage}  ${added.title}`]);
}

async function move(argv: string[]): Promise<void> {
  const { values, operands } = await parseArguments(argv, { to: text, owner: text, root }, item);
  const to = oneOf("--to", needed("--to", values.to), ["backlog", "active", "completed"]) ?? "active";
  const project = await projectAt(values.root);
  const moved = await project.moveItem(operands[0] as string, { to, owner: values.owner });
  await answer(values.json, moved, () => [
    `${moved.code}  ${moved.path ?? moved.stage}  ${moved.title}`,
    ...(moved.completedEpic === undefined ? [] : [`${moved.completedEpic}  completed`]),
    ...(moved.quarantined === undefined ? [] : [`its content is kept in .project/${moved.quarantined}`]),
  ]);
}

async function update(argv: string[]): Promise<void> {
  const options = {
    artifact: text,
    status: text,
    owner: text,
    "phases-total": text,
    "phases-complete": text,
    create: { type: "boolean" },
    root,
  } as const;
  const { values, operands } = await parseArguments(argv, options, item);
  const artifact = oneOf("--artifact", needed("--artifact", values.artifact), ["spec", "design", "plan"]) ?? "spec";
  const wanted = given({
    status: oneOf("--status", values.status, ["draft", "in-progress", "complete"]),
    owner: values.owner,
    phasesTotal: wholeNumber("--phases-total", values["phases-total"]),
    phasesComplete: wholeNumber("--phases-complete", values["phases-complete"]),
    create: values.create,
  });
  const project = await projectAt(values.root);
  const updated = await project.updateItem(operands[0] as string, { artifact, ...wanted });
  const { status = "", phases_total: total, phases_complete: complete } = updated.artifact;
  const phases = total === undefined ? "" : `  ${complete ?? 0}/${total}`;
  await answer(values.json, updated, () => [`${updated.code}  ${updated.path}  ${status}${phases}`]);
}

async function list(argv: string[]): Promise<void> {
  const { values } = await parseArguments(argv, { stage: text, epic: text, root }, { names: [] });
  const stage = oneOf("--stage", values.stage, ["backlog", "active", "completed"]);
  const items = await (await projectAt(values.root)).listItems({ stage, epic: values.epic });
  await answer(values.json, items, () =>
    columns(items.map((each) => [each.code, each.stage, each.epic ?? "-", each.title])),
  );
}

async function show(argv: string[]): Promise<void> {
  const { values, operands } = await parseArguments(argv, { root }, item);
  const shown = await (await projectAt(values.root)).showItem(operands[0] as string);
  await answer(values.json, shown, () => linesOf(shown));
}

function linesOf(shown: ShownItem): string[] {
  const { code, title, stage, epic, path, artifacts, problems } = shown;
  const rows = Object.entries(artifacts).map(([kind, artifact]) => {
    const { status, phases_total: total, phases_complete: complete, updated, owner } = artifact;
    const phases = total === undefined ? undefined : `${complete ?? 0}/${total} phases`;
    const facts = [status ?? "no status", phases, owner ?? undefined, updated ?? undefined];
    return [kind, facts.filter((fact) => fact !== undefined).join(", ")];
  });
  return [
    `${code}  ${title}`,
    ...columns([["stage", stage], ["epic", epic ?? "-"], ["path", path ?? "-"], ...rows, ...Object.entries(problems)]),
  ];
}

// A process that adds items to a project, one command after the other, and prints the codes that it was given.
import { openProject } from "../../src/project/index.ts";

const [, , folder = "", name = "", count = "0"] = process.argv;
const project = openProject(folder);
const codes: string[] = [];
for (let i = 0; i < Number(count); i += 1) {
  const stage = i % 2 === 0 ? "backlog" : "active";
  codes.push((await project.addItem({ title: `${name} ${i}`, stage })).code);
}
process.stdout.write(JSON.stringify(codes));

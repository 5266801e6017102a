// A process that takes an item back and forth between active and the backlog.
import { openProject } from "../../src/project/index.ts";

const [, , folder = "", code = "", count = "0"] = process.argv;
const project = openProject(folder);
for (let i = 0; i < Number(count); i += 1) {
  await project.moveItem(code, { to: "backlog" });
  await project.moveItem(code, { to: "active" });
}

import { join } from "node:path";
import { openProject } from "../../src/project/index.ts";
import type { Place } from "../../src/project/index.ts";
import { at, put } from "../folders.ts";

/** A title full of what a page must not take as its own. */
export const hostileTitle =
  `</p></main><script>window.ran = 1</script><img src=x onerror="window.ran = 2"> ' onclick='window.ran = 3' ` +
  '"><a href="javascript:window.ran=4">${1}`&lt;$&</style>';

/** A project with something of everything. */
export async function sampleProject(root: string): Promise<Place> {
  const folder = join(root, "Lighthouse", ".project");
  const ground = at("2026-03-04T05:06:07.890Z");
  const project = openProject(folder, ground);
  await project.init();
  await project.addEpic({ title: "A dashboard that is never stale" });
  await project.addEpic({ title: "Reports for the weekly review" });
  await project.addItem({ title: "Read the registry strictly", epic: "EP-001", stage: "active", owner: "Ada" });
  await project.addItem({ title: "Draw the board", epic: "EP-001", stage: "active" });
  await project.addItem({ title: "Show it live on this machine only", epic: "EP-001" });
  await project.addItem({ title: "Mail the report", epic: "EP-002" });
  await project.addItem({ title: hostileTitle });
  await project.addItem({ title: "A-very-long-word-".repeat(10).slice(0, 160), stage: "active" });
  await project.addItem({ title: "日本語 und Ümläute — “quotes” & ampersands", epic: "EP-002", stage: "active" });
  for (const artifact of ["spec", "design"] as const) {
    await project.updateItem("WI-001", { artifact, create: true, status: "complete" });
  }
  await project.updateItem("WI-001", {
    artifact: "plan",
    create: true,
    status: "complete",
    phasesTotal: 5,
    phasesComplete: 5,
  });
  await project.moveItem("WI-001", { to: "completed" });
  await project.updateItem("WI-002", { artifact: "spec", status: "complete" });
  await project.updateItem("WI-002", { artifact: "design", create: true, status: "in-progress", owner: "Grace" });
  await project.updateItem("WI-002", { artifact: "plan", create: true, phasesTotal: 5, phasesComplete: 3 });
  const { path } = await project.showItem("WI-007");
  put(join(folder, path ?? "", "design.md"), "---\nstatus: [\n---\n");
  return { folder, ground };
}

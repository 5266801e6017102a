import { machine } from "@untorn/workspace/ground";
import { openProject } from "@untorn/workspace/project";
import type { Project } from "@untorn/workspace/project";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { contentAt, describe, mustWork } from "./workload.ts";
import type { Damage, Place, Workload } from "./workload.ts";

const projectIn = ({ folder, calls }: Place): Project =>
  openProject(join(folder, ".project"), {
    ...machine,
    store: calls.store,
    write: (path, data, options) => calls.files.writeFile(path, data, options),
  });

const add = (place: Place, version: number): Promise<unknown> =>
  projectIn(place).addItem({ title: `Item ${version}`, stage: "active" });

/** Recovery is what the next command in the project does first. */
const recover = ({ folder, calls }: Place): Promise<unknown> =>
  calls.transactions.transaction(join(folder, ".project"), () => undefined);

/** A command of a workspace: an item of a project is in the registry, and has its folder with a spec, or neither. */
export const item: Workload = {
  name: "item",
  async setup(place) {
    await projectIn(place).init();
    await add(place, 0);
  },
  step: add,
  recover,
  async check(place, known) {
    const stuck = place.unrecovered === true ? undefined : await mustWork("recovery", () => recover(place));
    if (stuck !== undefined) return stuck;
    const folder = join(place.folder, ".project");
    const text = contentAt(join(folder, "registry.json"));
    let items: Record<string, { readonly title: string; readonly path: string }>;
    try {
      ({ items } = JSON.parse(text ?? "") as { items: typeof items });
    } catch {
      return { kind: "torn", detail: `registry.json: ${describe(text)}` };
    }
    const torn = disagreement(folder, items);
    if (torn !== undefined) return torn;
    const versions = Object.values(items).map(({ title }) => Number(title.slice("Item ".length)));
    if (versions.some((version, index) => version !== index)) {
      return { kind: "torn", detail: `items ${versions.join(", ")}` };
    }
    if (versions.length <= known.returned) {
      return { kind: "lost", detail: `${versions.length} items, after item ${known.returned} had returned` };
    }
    return await mustWork("the next item", () => add(place, versions.length));
  },
};

/** What the registry lists and what lies there must be the same. */
function disagreement(
  folder: string,
  items: Readonly<Record<string, { readonly title: string; readonly path: string }>>,
): Damage | undefined {
  for (const [code, { title, path }] of Object.entries(items)) {
    const spec = contentAt(join(folder, path, "spec.md"));
    if (spec?.includes(`id: ${code}`) !== true || !spec.includes(title)) {
      return { kind: "torn", detail: `${path}/spec.md of ${code}: ${describe(spec)}` };
    }
  }
  const active = join(folder, "active");
  const there = existsSync(active)
    ? readdirSync(active).filter((name) => readdirSync(join(active, name)).length > 0)
    : [];
  const listed = new Set(Object.values(items).map(({ path }) => path));
  const others = there.filter((name) => !listed.has(`active/${name}`));
  return others.length === 0 ? undefined : { kind: "torn", detail: `not in the registry: ${others.join(", ")}` };
}

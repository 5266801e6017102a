// Saves one task after another and says of each when `addTask` has returned; it is killed in the middle.
import { StateManager } from "../../src/pipeline/index.ts";

const [folder = "", from = "0"] = process.argv.slice(2);
const manager = new StateManager(folder, { generationEveryMs: 5 });
for (let number = Number(from); number < Number(from) + 10_000; number += 1) {
  await manager.addTask(`task-${number}`, { title: `Task ${number}` });
  process.stdout.write(`${number}\n`);
}

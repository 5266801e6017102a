// A child of the tour: saves one file once. Arguments: plain|untorn, the file, its name, its original, the number of the
// save, the bytes to grow by, and the call to the system before which it kills itself (0: none).
import { readFileSync, writeSync } from "node:fs";
import { saver, saveInSteps } from "./savers.mjs";
import { version } from "./versions.mjs";

const [way, path, name, original, number, growth, fatal] = process.argv.slice(2);
const data = version(name, readFileSync(original), Number(number), Number(growth));
let calls = 0;

try {
  if (fatal === undefined) {
    await (
      await saver(way)
    )(path, data);
  } else {
    await saveInSteps[way](path, data, () => {
      calls += 1;
      if (calls === Number(fatal)) process.kill(process.pid, "SIGKILL");
    });
  }
  writeSync(1, `${calls}\n`);
} catch (error) {
  writeSync(1, `${error.systemCode ?? error.code}\n`);
  process.exitCode = 1;
}

import { fileURLToPath } from "node:url";
import { drivePlans, openRun } from "../../src/runs/index.ts";

const [folder = ""] = process.argv.slice(2);
const agent = fileURLToPath(new URL("agent-process.js", import.meta.url));
await drivePlans(openRun(folder), { agentFor: () => ({ command: process.execPath, args: [agent] }), attempts: 100 });

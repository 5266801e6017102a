// npm run crash [-- NAME ...]: the crash tests with more of everything: at least 1,000,000 states of the core, and a kill at
// every system call.
import { spawnSync } from "node:child_process";
import { root } from "./setup.mjs";

const more = {
  UNTORN_CRASH_STATES: "1000000",
  UNTORN_CRASH_MINUTES: "30",
  UNTORN_EFFORT: "4",
  UNTORN_TEST_TELL: "1",
  UNTORN_TEST_TIMEOUT_MS: "2400000",
};
const names = process.argv.length > 2 ? process.argv.slice(2) : ["crash", "test/kill"];
const { status } = spawnSync(process.execPath, [`${root}scripts/test.mjs`, ...names], {
  stdio: "inherit",
  env: { ...more, ...process.env },
});
process.exit(status ?? 1);

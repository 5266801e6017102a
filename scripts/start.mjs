// npm start [FOLDER]: installs, builds, and runs the tour on a copy of FOLDER.
import { setup } from "./setup.mjs";

setup();
const { tour } = await import("./tour/tour.mjs");
process.exitCode = await tour(process.argv.slice(2));

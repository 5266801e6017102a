// npm run soak [-- OPTIONS]: everything at once, for minutes (docs/lab.md).
import { root, setup } from "./setup.mjs";

setup();
await import(`${root}lab/dist/soak/main.js`);

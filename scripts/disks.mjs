// npm run disks [-- OPTIONS]: full and failing disks (docs/lab.md).
import { root, setup } from "./setup.mjs";

setup();
await import(`${root}lab/dist/disks/main.js`);

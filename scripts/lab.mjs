// npm run lab [-- OPTIONS]: power cuts on real filesystems (docs/lab.md).
import { root, setup } from "./setup.mjs";

setup();
await import(`${root}lab/dist/main.js`);

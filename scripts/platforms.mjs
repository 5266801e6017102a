// npm run test:platforms [-- OPTIONS]: the tests in other runtimes and other places (docs/platforms.md).
import { root, setup } from "./setup.mjs";

setup();
await import(`${root}lab/dist/platforms/main.js`);

// The two ways to save a file; plain is fs.writeFile.
import { closeSync, openSync, writeSync } from "node:fs";
import { writeFile as plainWriteFile } from "node:fs/promises";

const library = "../../packages/untorn/dist/src";

/**
 * The function that saves a file; untorn is loaded only where it is used.
 * @param {import("./subjects.mjs").Way} way
 */
export async function saver(way) {
  return way === "plain" ? plainWriteFile : (await import(`${library}/index.js`)).writeFile;
}

/**
 * Saves once, and calls `before` in front of every single call to the system.
 * @type {Record<import("./subjects.mjs").Way,
 *   (path: string, data: Uint8Array, before: () => void) => Promise<unknown>>}
 */
export const saveInSteps = {
  // The calls that fs.writeFile makes; it does not let anybody in between them.
  async plain(path, data, before) {
    before();
    const handle = openSync(path, "w");
    before();
    writeSync(handle, data);
    before();
    closeSync(handle);
  },
  async untorn(path, data, before) {
    const { Files } = await import(`${library}/atomic/index.js`);
    const { nodePort } = await import(`${library}/platform/index.js`);
    const fs = new Proxy(nodePort.fs, {
      get(target, verb) {
        const call = target[verb];
        return (...args) => {
          before();
          return call.apply(target, args);
        };
      },
    });
    const port = Object.create(nodePort, { fs: { value: fs }, later: { value: {} } });
    await new Files(port).writeFile(path, data);
  },
};

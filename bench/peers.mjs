// What is compared: one way each to replace a file. `synced` says what has reached the disk when the call returns.
import { writeFile as plainWriteFile } from "node:fs/promises";
import * as atomically from "atomically";
import fastWriteAtomic from "fast-write-atomic";
import { Writer } from "steno";
import { writeFile, writeFileSync } from "untorn";
import writeFileAtomic from "write-file-atomic";

const stenoWriters = new Map();

function steno(path, data) {
  if (!stenoWriters.has(path)) stenoWriters.set(path, new Writer(path));
  return stenoWriters.get(path).write(data);
}

function fastWrite(path, data) {
  return new Promise((resolve, reject) => {
    fastWriteAtomic(path, data, (error) => (error ? reject(error) : resolve()));
  });
}

/** As each is used for state that has to be there after a power cut. */
export const durable = {
  untorn: { synced: "file, directory", write: (path, data) => writeFile(path, data) },
  "write-file-atomic": { synced: "file", write: (path, data) => writeFileAtomic(path, data) },
  atomically: { synced: "file", write: (path, data) => atomically.writeFile(path, data) },
  "fast-write-atomic": { synced: "file", write: fastWrite },
  steno: { synced: "nothing", write: steno },
  "fs.promises.writeFile": { synced: "nothing, not atomic", write: (path, data) => plainWriteFile(path, data) },
};

export const durableSync = {
  untorn: { synced: "file, directory", write: (path, data) => writeFileSync(path, data) },
  "write-file-atomic": { synced: "file", write: (path, data) => writeFileAtomic.sync(path, data) },
  atomically: { synced: "file", write: (path, data) => atomically.writeFileSync(path, data) },
};

/** With every sync switched off that can be. */
export const unsynced = {
  untorn: { synced: "nothing", write: (path, data) => writeFile(path, data, { durability: "off" }) },
  "write-file-atomic": { synced: "nothing", write: (path, data) => writeFileAtomic(path, data, { fsync: false }) },
  atomically: { synced: "nothing", write: (path, data) => atomically.writeFile(path, data, { fsync: false }) },
  "fast-write-atomic": { synced: "file", write: fastWrite },
  steno: { synced: "nothing", write: steno },
  "fs.promises.writeFile": { synced: "nothing, not atomic", write: (path, data) => plainWriteFile(path, data) },
};

export const unsyncedSync = {
  untorn: { synced: "nothing", write: (path, data) => writeFileSync(path, data, { durability: "off" }) },
  "write-file-atomic": { synced: "nothing", write: (path, data) => writeFileAtomic.sync(path, data, { fsync: false }) },
  atomically: { synced: "nothing", write: (path, data) => atomically.writeFileSync(path, data, { fsync: false }) },
};

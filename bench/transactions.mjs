// Five files of 1 KiB that change together, durable, beside one durable writeFile; and what others do for the same.
import { mkdirSync, writeFileSync as plainWrite } from "node:fs";
import { transaction, transactionSync, writeFile, writeFileSync } from "untorn";
import writeFileAtomic from "write-file-atomic";
import { atMost } from "./replace.mjs";
import { alternate, median, ratio, timeCalls, timeCallsSync } from "./rounds.mjs";

const size = 1024;
const names = ["a", "b", "c", "d", "e"].map((name) => `${name}.json`);

export async function measureTransactions(place, { rounds, count }) {
  const folder = (name) => {
    const path = `${place.directory}/tx-${name}`;
    mkdirSync(path, { recursive: true });
    for (const file of names) plainWrite(`${path}/${file}`, "{}");
    return path;
  };
  let number = 0;
  const data = () => `${(number += 1)} `.padEnd(size, "x");
  const [one, oneSync, all, allSync, atomic] = ["one", "one-sync", "all", "all-sync", "atomic"].map(folder);
  const contenders = {
    "untorn, writeFile, one file": () => timeCalls(count, () => writeFile(`${one}/a.json`, data())),
    "untorn, writeFileSync, one file": () => timeCallsSync(count, () => writeFileSync(`${oneSync}/a.json`, data())),
    "untorn, transaction": () =>
      timeCalls(count, () =>
        transaction(all, async (tx) => {
          for (const name of names) await tx.write(name, data());
        }),
      ),
    "untorn, transactionSync": () =>
      timeCallsSync(count, () =>
        transactionSync(allSync, (tx) => {
          for (const name of names) tx.write(name, data());
        }),
      ),
    "write-file-atomic, five calls": () =>
      timeCalls(count, async () => {
        for (const name of names) await writeFileAtomic(`${atomic}/${name}`, data());
      }),
  };
  const what = {
    "untorn, writeFile, one file": "no: one file",
    "untorn, writeFileSync, one file": "no: one file",
    "untorn, transaction": "yes",
    "untorn, transactionSync": "yes",
    "write-file-atomic, five calls": "no; directories are not synced",
  };
  const sqlite = await sqliteIn(place.directory);
  if (sqlite !== undefined) {
    contenders["better-sqlite3, five rows"] = () =>
      timeCallsSync(count, () => sqlite.save(names.map((name) => [name, data()])));
    what["better-sqlite3, five rows"] = "yes; WAL, synchronous FULL";
  }
  const figures = await alternate(contenders, rounds);
  sqlite?.close();
  const single = figures["untorn, writeFile, one file"];
  return {
    title: `Five files of 1 KiB together, durable, ${place.name}`,
    columns: ["", "together", "us", "to one writeFile"],
    rows: Object.entries(figures).map(([name, values]) => [
      name,
      what[name],
      median(values).toFixed(0),
      ratio(single, values).toFixed(2),
    ]),
    targets: place.judged
      ? [
          atMost(
            "five files in a transaction, to one durable writeFile",
            3,
            ratio(single, figures["untorn, transaction"]),
          ),
        ]
      : [],
  };
}

/** Left out unless it was brought (`npm install --no-save better-sqlite3`): 37 packages and a native build for one row. */
async function sqliteIn(directory) {
  try {
    const { default: Database } = await import("better-sqlite3");
    const database = new Database(`${directory}/state.sqlite`);
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    database.exec("CREATE TABLE file (name TEXT PRIMARY KEY, content TEXT)");
    const put = database.prepare("INSERT OR REPLACE INTO file VALUES (?, ?)");
    const save = database.transaction((rows) => {
      for (const row of rows) put.run(...row);
    });
    return { save, close: () => database.close() };
  } catch (error) {
    console.log(`better-sqlite3 is left out (${String(error.message).split("\n")[0]}).`);
    return undefined;
  }
}

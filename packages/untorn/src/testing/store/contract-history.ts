import assert from "node:assert/strict";
import { SeededRandom } from "../seeded-random.ts";
import type { StoreCheck } from "./contract-ground.ts";
import { linearize } from "./linearizability.ts";
import { recordHistory } from "./random-client.ts";

const clients = 3;
const callsEach = 6;

/** Clients that work at the same time: there is one order that explains what all of them saw. */
export function historyCases(seed: number, histories: number): StoreCheck[] {
  return [
    [
      `${histories} random histories of ${clients} clients are linearizable (seed ${seed})`,
      async (ground) => {
        const stores = await Promise.all(Array.from({ length: clients }, () => ground.open()));
        const [first] = stores as [(typeof stores)[0], ...typeof stores];
        for (let history = 0; history < histories; history += 1) {
          const { keys } = await first.list();
          if (keys.length > 0) await first.commit(keys.map((key) => ({ key, remove: true })));
          const own = (client: number): SeededRandom => new SeededRandom(seed * 7919 + history * 101 + client);
          const recorded = await recordHistory(stores, own, callsEach);
          assert.ok(
            linearize(recorded) !== undefined,
            `history ${history} of seed ${seed} has no order that explains it:\n${JSON.stringify(recorded, null, 1)}`,
          );
        }
      },
    ],
  ];
}

import type { Port } from "../../src/platform/index.ts";
import { memoryPort } from "../../src/testing/index.ts";
import type { MemoryPort } from "../../src/testing/index.ts";
import { transactionsOn } from "../../src/transaction/index.ts";

/** A root with two files, and a transaction that changes both. */

/** What both files hold. */
export const contents = (port: MemoryPort): string => `${port.tree()["/root/a.txt"]}, ${port.tree()["/root/b.txt"]}`;

export const textOf = (port: MemoryPort, path: string | undefined): string => port.tree()[path ?? ""] ?? "";

export function freshPort(): MemoryPort {
  const port = memoryPort();
  port.put("/root/a.txt", "old a");
  port.put("/root/b.txt", "old b");
  return port;
}

export const change = (port: Port): unknown =>
  transactionsOn(port).transactionSync("/root", (tx) => {
    tx.write("a.txt", "new a");
    tx.write("b.txt", "new b");
  });

export const work = (port: Port, suffix: string): string[] =>
  port.fs
    .readdir("/root/.untorn")
    .filter((name) => name.endsWith(suffix))
    .map((name) => `/root/.untorn/${name}`);

export const next = (port: Port): unknown => transactionsOn(port).transactionSync("/root", () => undefined);

import { isUntornError } from "untorn";
import type { Transaction } from "untorn";
import { carryOut } from "./carry-out.ts";
import type { Step } from "./step.ts";

/** What the steps of a script would change, as a unified diff that `git apply` and `patch` take. */
export async function diffOf(
  tx: Transaction,
  steps: readonly Step[],
  each: (step: Step, part: () => Promise<void>) => Promise<void>,
): Promise<string> {
  const before = new Map<string, Uint8Array | undefined>();
  const look = async (path: string): Promise<void> => {
    const key = path
      .split(/\/+/)
      .filter((part) => part !== "" && part !== ".")
      .join("/");
    if (before.has(key)) return;
    if (await isDirectory(tx, key)) for (const name of await tx.list(key)) await look(`${key}/${name}`);
    else before.set(key, await bytesOf(tx, key));
  };
  for (const step of steps) {
    await each(step, async () => {
      await look(step.path);
      if (step.op === "rename") await look(step.to);
      await carryOut(tx, step);
      // What is new below a directory that was renamed was not there before.
      if (step.op === "rename")
        for (const path of await filesBelow(tx, step.to)) if (!before.has(path)) before.set(path, undefined);
    });
  }
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import("diff");
  const patches: string[] = [];
  for (const [path, old] of before) {
    const now = await bytesOf(tx, path);
    if (old === now || (old !== undefined && now !== undefined && Buffer.compare(old, now) === 0)) continue;
    const [from, to] = [old === undefined ? "/dev/null" : `a/${path}`, now === undefined ? "/dev/null" : `b/${path}`];
    const [oldText, newText] = [textOf(old), textOf(now)];
    patches.push(
      oldText === undefined || newText === undefined
        ? `Binary files ${from} and ${to} differ\n`
        : createTwoFilesPatch(from, to, oldText, newText, undefined, undefined, {
            context: 3,
            headerOptions: FILE_HEADERS_ONLY,
          }),
    );
  }
  return patches.join("");
}

async function bytesOf(tx: Transaction, path: string): Promise<Uint8Array | undefined> {
  try {
    return (await tx.read(path)).data;
  } catch (error) {
    if (isUntornError(error) && (error.code === "UNTORN_NOT_FOUND" || error.code === "UNTORN_IS_DIRECTORY"))
      return undefined;
    throw error;
  }
}

async function isDirectory(tx: Transaction, path: string): Promise<boolean> {
  try {
    await tx.read(path);
    return false;
  } catch (error) {
    return isUntornError(error) && error.code === "UNTORN_IS_DIRECTORY";
  }
}

async function filesBelow(tx: Transaction, path: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await tx.list(path)) {
    const below = await filesBelow(tx, `${path}/${name}`);
    // One by one: a call takes no hundred thousand arguments.
    for (const each of below) found.push(each);
    if (below.length === 0) found.push(`${path}/${name}`);
  }
  return found;
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  try {
    return bytes === undefined ? "" : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

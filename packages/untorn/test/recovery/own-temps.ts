import { createHash } from "node:crypto";
import type { MemoryPort } from "../../src/testing/index.ts";

/** A synced file, ten minutes after the one before it. */
export function put(port: MemoryPort, path: string, content: string): void {
  port.clock.pause(600_000);
  port.put(path, content);
  const handle = port.fs.open(path, "read", 0);
  port.fs.fsync(handle);
  port.fs.close(handle);
  port.fs.syncDirectory(path.slice(0, path.lastIndexOf("/")));
}

function digest(content: string): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

/** A temp of untorn's, of a process that is not there any more; `announced`: what its name says that it holds. */
export function own(
  port: MemoryPort,
  base: string,
  content: string,
  number: number,
  announced: string = content,
): string {
  const { scope } = port.identity;
  const random = String(number).padStart(16, "0");
  const path = `/state/.${base}.untorn.9zz-1-${scope}-${random}-${digest(announced)}.tmp`;
  put(port, path, content);
  return path;
}

own.digest = digest;

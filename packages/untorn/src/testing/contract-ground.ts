import { Buffer } from "node:buffer";
import type { Port } from "../platform/index.ts";

/** Where a contract case works: a port, and an empty directory of its own that the port can reach. */
export interface ContractGround {
  readonly port: Port;
  /** Absolute and canonical, without a slash at the end. */
  readonly folder: string;
  /** Makes a symbolic link; left out where the platform has none. */
  readonly symlink?: (target: string, path: string) => void;
}

/** A name and what must hold. */
export type Check = readonly [name: string, check: (ground: ContractGround) => void | Promise<void>];

/** The system code that `action` fails with; "none" if it does not. */
export function codeOf(action: () => unknown): string {
  try {
    action();
    return "none";
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

export function put({ port }: ContractGround, path: string, text: string): void {
  const handle = port.fs.open(path, "create", 0o644);
  port.fs.write(handle, Buffer.from(text), null);
  port.fs.close(handle);
}

export function get({ port }: ContractGround, path: string): string {
  const handle = port.fs.open(path, "read", 0);
  const bytes = Buffer.alloc(4096);
  const count = port.fs.read(handle, bytes, 0);
  port.fs.close(handle);
  return bytes.toString("utf8", 0, count);
}

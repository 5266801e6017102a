import { closeSync, openSync } from "node:fs";
// Reached past the door: what the library uses, and where it does not, these tests cannot.
import { nativeExtensions, whyNoNative } from "../../../src/platform/native.ts";

/** What every receipt says is lost where nobody can look at extended attributes. */
export const unseenAttributes: readonly string[] =
  nativeExtensions() === null ? [`extended attributes were not looked at: ${whyNoNative()}`] : [];

function opened<T>(path: string, use: (fd: number) => T): T {
  const fd = openSync(path, "r");
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Sets an extended attribute; answers why it cannot be set here, if so. */
export function setAttribute(path: string, name: string, value: Buffer): string | undefined {
  const module = nativeExtensions();
  if (module === null) return whyNoNative();
  try {
    opened(path, (fd) => module.setAttrSync(fd, name, value));
    return undefined;
  } catch (error) {
    return `${name} cannot be set here: ${String(error)}`;
  }
}

/** All extended attributes of a file or directory. */
export function attributes(path: string): Record<string, string> {
  const module = nativeExtensions();
  if (module === null) return {};
  return opened(path, (fd) =>
    Object.fromEntries(
      module
        .listAttrsSync(fd)
        .toSorted()
        .map((name) => [name, module.getAttrSync(fd, name)?.toString("hex") ?? ""]),
    ),
  );
}

/** The kernel's form of `u::rw-,u:12345:r--,g::r--,m::r--,o::---` (linux/posix_acl_xattr.h). */
export const accessList: [name: string, value: Buffer] = ["system.posix_acl_access", encodeAccessList()];

function encodeAccessList(): Buffer {
  const nobody = 0xffff_ffff;
  const entries = [
    [0x01, 6, nobody],
    [0x02, 4, 12345],
    [0x04, 4, nobody],
    [0x10, 4, nobody],
    [0x20, 0, nobody],
  ];
  const list = Buffer.alloc(4 + entries.length * 8);
  list.writeUInt32LE(2, 0);
  for (const [index, [tag, bits, id]] of entries.entries()) {
    list.writeUInt16LE(tag as number, 4 + index * 8);
    list.writeUInt16LE(bits as number, 6 + index * 8);
    list.writeUInt32LE(id as number, 8 + index * 8);
  }
  return list;
}

import { closeSync, constants, openSync } from "node:fs";
import { systemCodeOf } from "./errors.ts";
import type { AttributeOutcome, Handle } from "./file-system.ts";
import { nativeExtensions, whyNoNative } from "./native.ts";

const accessList = "system.posix_acl_access";

/** Signatures of the content: on other content they would be wrong, and the kernel would refuse to open it (IMA, EVM). */
const aboutContent = new Set(["security.ima", "security.evm"]);

/** Failures of the disk, which are no reason to go on without an attribute. */
const diskFailures = new Set(["EIO", "ENOSPC", "EDQUOT", "EROFS", "EMFILE", "ENFILE"]);

/**
 * Gives the open file `target` the extended attributes of the file at `source`. An access control list that `target`
 * inherited from its directory (acl(5), default ACL) and that `source` does not have is taken away: it could let
 * somebody read the new file who could not read the old one.
 */
export function copyAttributes(source: string, target: Handle): AttributeOutcome {
  if (process.platform === "win32") {
    return { kept: 0, lost: "extended attributes and access lists are not available on Windows" };
  }
  const native = nativeExtensions();
  if (native === null) {
    return { kept: 0, lost: `extended attributes were not looked at: ${whyNoNative()}` };
  }
  let from: Handle;
  try {
    from = openSync(source, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (diskFailures.has(systemCodeOf(error) ?? "")) throw error;
    return { kept: 0, lost: `extended attributes could not be read (${systemCodeOf(error)})` };
  }
  try {
    const names = native.listAttrsSync(from).filter((name) => !aboutContent.has(name));
    const inherited = native.listAttrsSync(target).includes(accessList);
    if (inherited && !names.includes(accessList)) native.removeAttrSync(target, accessList);
    const lost: string[] = [];
    for (const name of names) {
      const value = native.getAttrSync(from, name);
      if (value === null) continue;
      try {
        native.setAttrSync(target, name, value);
      } catch (error) {
        if (diskFailures.has(systemCodeOf(error) ?? "")) throw error;
        // A security module may have given the new file the same label already (SELinux does).
        const present = attributeOrNull(target, name);
        if (present === null || !present.equals(value)) lost.push(`${name} (${systemCodeOf(error) ?? String(error)})`);
      }
    }
    const kept = names.length - lost.length;
    return lost.length === 0 ? { kept } : { kept, lost: lost.join(", ") };
  } catch (error) {
    const code = systemCodeOf(error);
    if (diskFailures.has(code ?? "")) throw error;
    // A filesystem without extended attributes has none to lose.
    if (code === "ENOTSUP" || code === "EOPNOTSUPP" || code === "ENOSYS") return { kept: 0 };
    return { kept: 0, lost: `extended attributes could not be copied (${code ?? String(error)})` };
  } finally {
    closeSync(from);
  }
}

function attributeOrNull(handle: Handle, name: string): Buffer | null {
  try {
    return nativeExtensions()?.getAttrSync(handle, name) ?? null;
  } catch {
    return null;
  }
}

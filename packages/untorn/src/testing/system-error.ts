import { constants } from "node:os";
import { getSystemErrorMap } from "node:util";

const messages = new Map<string, string>();
for (const [code, message] of getSystemErrorMap().values()) messages.set(code, message);

/** Error numbers of Linux for codes that this machine, or libuv, has no number for. */
const numbers: Readonly<Record<string, number>> = { EDQUOT: 122, ESTALE: 116, ENOTSUP: 95, EOPNOTSUPP: 95 };

/** Codes that libuv has no name for: Node reports them by number only. */
const unnamed = new Set(["EDQUOT", "ESTALE"]);

/** An error as `node:fs` throws it: `code`, `errno`, `syscall`, `path`, `dest`, and Node's wording. */
export function systemError(code: string, syscall: string, path?: string, dest?: string): NodeJS.ErrnoException {
  const number = (constants.errno as Record<string, number>)[code] ?? numbers[code] ?? 4094;
  const name = unnamed.has(code) ? "UNKNOWN" : code;
  const message = unnamed.has(code) ? "unknown error" : (messages.get(code) ?? "unknown error");
  const from = path === undefined ? "" : ` '${path}'`;
  const to = dest === undefined ? "" : ` -> '${dest}'`;
  return Object.assign(new Error(`${name}: ${message}, ${syscall}${from}${to}`), {
    errno: -number,
    code: name,
    syscall,
    ...(path === undefined ? {} : { path }),
    ...(dest === undefined ? {} : { dest }),
  });
}

import type { Port } from "../platform/index.ts";
import type { Protocol } from "../protocol/index.ts";
import type { Examination } from "./examine.ts";
import { Findings } from "./findings.ts";
import type { ScanOptions, ScanReport } from "./findings.ts";
import { inspect } from "./inspect.ts";
import { walk } from "./walk.ts";

/** Looks at a folder and all below it, and says what is not as it should be. Changes nothing. */
export function* scanProtocol(port: Port, path: string, options: ScanOptions, how: Examination): Protocol<ScanReport> {
  const all = new Findings(options);
  yield* walk(
    path,
    how.breathe,
    function* (folder) {
      yield* inspect(port, folder, how, all, () => undefined);
      return folder;
    },
    (skipped) => all.skip(skipped),
  );
  return all.reportOn(path);
}

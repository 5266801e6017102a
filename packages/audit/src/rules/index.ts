import { inPlaceFallback } from "./in-place-fallback.ts";
import { lenientReadThenWrite } from "./lenient-read-then-write.ts";
import { lockByExistence } from "./lock-by-existence.ts";
import { missingSync } from "./missing-sync.ts";
import { nonAtomicWrite } from "./non-atomic-write.ts";
import { replacementPatterns } from "./replacement-patterns.ts";
import type { Rule } from "./rule.ts";
import { sameFileRedirect } from "./same-file-redirect.ts";
import { sharedTempName } from "./shared-temp-name.ts";
import { tempOnOtherFilesystem } from "./temp-on-other-filesystem.ts";
import { uncheckedProducer } from "./unchecked-producer.ts";
import { unlockedReadModifyWrite } from "./unlocked-read-modify-write.ts";

export type { Report, Rule } from "./rule.ts";

/** Every rule, the one that carries the weight first. */
export const rules: readonly Rule[] = [
  nonAtomicWrite,
  sharedTempName,
  tempOnOtherFilesystem,
  missingSync,
  inPlaceFallback,
  lenientReadThenWrite,
  unlockedReadModifyWrite,
  sameFileRedirect,
  uncheckedProducer,
  replacementPatterns,
  lockByExistence,
];

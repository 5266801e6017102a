import { swallowing } from "../engine/index.ts";
import { planBash } from "../fix/bash.ts";
import type { LanguageSupport } from "../languages.ts";
import { bashSites } from "./sites.ts";

export const support: LanguageSupport = {
  sites: bashSites,
  misread: swallowing,
  // What a fix adds is written for a POSIX shell, which zsh is not: it splits no words, and `>` writes to several files.
  plan: (source, site) => (source.language === "zsh" ? null : planBash(source, site)),
};

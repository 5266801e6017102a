import { planBash } from "../fix/bash.ts";
import type { LanguageSupport } from "../languages.ts";
import { bashSites } from "./sites.ts";

export const support: LanguageSupport = { sites: bashSites, plan: planBash };

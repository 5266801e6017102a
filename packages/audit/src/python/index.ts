import { planPython } from "../fix/python.ts";
import type { LanguageSupport } from "../languages.ts";
import { pythonSites } from "./sites.ts";

export const support: LanguageSupport = { sites: pythonSites, plan: planPython };

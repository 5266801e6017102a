import { planJavascript } from "../fix/javascript.ts";
import type { LanguageSupport } from "../languages.ts";
import { javascriptSites } from "./sites.ts";

export const support: LanguageSupport = { sites: javascriptSites, plan: planJavascript };

export * from "./documents/json/index.ts";

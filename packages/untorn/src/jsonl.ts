export * from "./documents/jsonl/index.ts";

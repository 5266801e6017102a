import type { Language } from "./syntax.ts";

const byExtension: Readonly<Record<string, Language>> = {
  ts: "typescript",
  mts: "typescript",
  cts: "typescript",
  tsx: "tsx",
  js: "tsx",
  mjs: "tsx",
  cjs: "tsx",
  jsx: "tsx",
  py: "python",
  pyi: "python",
  pyw: "python",
  sh: "bash",
  bash: "bash",
  ksh: "bash",
  bats: "bash",
  zsh: "zsh",
};

/**
 * The language of a file by its name, or null. Plain JavaScript is read with the TSX grammar: it may hold JSX, and the
 * grammar is a superset.
 */
export function languageByName(name: string): Language | null {
  const dot = name.lastIndexOf(".");
  if (dot <= 0) return null;
  return byExtension[name.slice(dot + 1).toLowerCase()] ?? null;
}

/** The language that a script's first line asks for, or null: `#!/usr/bin/env python3`, `#!/bin/sh -e`. */
export function languageByFirstLine(text: string): Language | null {
  if (!text.startsWith("#!")) return null;
  const line = text.slice(2, text.indexOf("\n") === -1 ? undefined : text.indexOf("\n"));
  const words = line.trim().split(/\s+/);
  const program =
    (/(^|\/)env$/.test(words[0] ?? "") ? words.slice(1).find((word) => !word.startsWith("-")) : words[0]) ?? "";
  const name = program.slice(program.lastIndexOf("/") + 1);
  if (/^(ba|da|k|a)?sh$/.test(name)) return "bash";
  if (name === "zsh") return "zsh";
  if (/^python[\d.]*$/.test(name)) return "python";
  if (/^(node|bun|deno|tsx|ts-node)$/.test(name)) return "tsx";
  return null;
}

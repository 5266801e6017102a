import { existsSync } from "node:fs";
import { after } from "node:test";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

const places = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/google-chrome"];
const program = places.find((path) => path !== undefined && existsSync(path));

/** For tests that need a browser: why they are skipped, where there is none. */
export const needsBrowser = program === undefined ? { skip: "no Chromium (set CHROMIUM to its path)" } : {};

let started: Promise<Browser> | undefined;

/** One browser for a test file; its profile is a fresh folder, removed after the tests. */
export function browser(): Promise<Browser> {
  started ??= chromium.launch({
    executablePath: program ?? "",
    headless: true,
    timeout: 60_000,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return started;
}

after(async () => {
  await (await started)?.close();
});

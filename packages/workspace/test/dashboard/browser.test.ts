import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { boardPage, readBoard } from "../../src/dashboard/index.ts";
import type { PageOptions } from "../../src/dashboard/index.ts";
import { folderFor } from "../folders.ts";
import { browser, needsBrowser } from "./browser.ts";
import { hostileTitle, sampleProject } from "./sample.ts";

interface Look extends PageOptions {
  readonly scheme?: "light" | "dark";
  readonly width?: number;
}

/** The sample's board, opened from a file as a person would; what goes wrong in it is in `errors`. */
async function open(t: TestContext, { scheme = "light", width = 1200, ...options }: Look = {}) {
  const root = folderFor(t);
  const file = join(root, "board.html");
  writeFileSync(file, boardPage(await readBoard(await sampleProject(root)), options));
  const context = await (await browser()).newContext({ colorScheme: scheme, viewport: { width, height: 800 } });
  t.after(() => context.close());
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  return { page, context, errors, requests };
}

/** Kept only where somebody wants to look: UNTORN_SCREENSHOTS names a folder. */
async function keep(page: Page, name: string): Promise<void> {
  const folder = process.env["UNTORN_SCREENSHOTS"];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const library = (globalThis as unknown as { axe: typeof axe }).axe;
    return (await library.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`);
  });
  return found;
}

const looks: readonly (Look & { readonly name: string })[] = [
  { name: "light", scheme: "light" },
  { name: "dark", scheme: "dark" },
  { name: "narrow, with a problem", width: 380, problem: "registry.json:1:2: it is not JSON" },
  { name: "dark, with a problem", scheme: "dark", problem: hostileTitle },
];

for (const { name, ...look } of looks) {
  test(`the board is accessible, fits and is styled: ${name}`, needsBrowser, async (t) => {
    const { page, errors, requests } = await open(t, look);
    assert.deepEqual(await violations(page), []);
    const width = await page.evaluate<number>("document.documentElement.scrollWidth");
    assert.ok(width <= (look.width ?? 1200), `it is ${width} pixels wide`);
    const rounded = await page.evaluate<string>("getComputedStyle(document.querySelector('.card')).borderRadius");
    assert.equal(rounded, "8px", "the policy keeps the style out");
    const page1 = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    assert.equal(page1, look.scheme === "dark" ? "rgb(14, 17, 22)" : "rgb(244, 245, 247)");
    assert.deepEqual(errors, []);
    assert.equal(requests.length, 1, "it asks for nothing else");
    await keep(page, name);
  });
}

test(
  "no script and no markup from a title runs, and the policy would stop one that got in",
  needsBrowser,
  async (t) => {
    const { page, errors } = await open(t, { problem: hostileTitle });
    assert.equal(await page.evaluate("window.ran"), undefined);
    assert.equal(await page.locator("#WI-005 + .title").textContent(), hostileTitle);
    assert.equal(await page.evaluate("document.querySelectorAll('img, a, main script').length"), 0);
    assert.deepEqual(errors, []);
    await page.evaluate(`{
    document.querySelector(".title").innerHTML = '<img src="data:," onerror="window.ran = 1"><b onclick="window.ran = 2">x</b>';
    const script = document.createElement("script");
    script.textContent = "window.ran = 3";
    document.body.append(script);
    document.querySelector(".title b").click();
  }`);
    await page.waitForTimeout(200);
    assert.equal(await page.evaluate("window.ran"), undefined);
    assert.ok(
      errors.some((error) => /Content Security Policy/.test(error)),
      "the policy said nothing",
    );
  },
);

test("a click copies a code, and a screen reader is told", needsBrowser, async (t) => {
  const { page, context, errors } = await open(t);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.locator("#WI-002").click();
  await page.locator("#copied", { hasText: "WI-002 copied" }).waitFor();
  assert.equal(await page.evaluate("navigator.clipboard.readText()"), "WI-002");
  await page.locator("#WI-003").focus();
  await page.keyboard.press("Enter");
  await page.locator("#copied", { hasText: "WI-003 copied" }).waitFor();
  assert.equal(await page.evaluate("navigator.clipboard.readText()"), "WI-003");
  await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
  await page.locator("#WI-004").click();
  await page.locator("#copied", { hasText: "WI-004 copied" }).waitFor();
  assert.deepEqual(errors, []);
});

test(
  "the keyboard reaches every card; the tooltip comes with the focus and goes with Escape",
  needsBrowser,
  async (t) => {
    const { page } = await open(t);
    const focused = (): Promise<string> => page.evaluate<string>("document.activeElement.id");
    const seen: string[] = [];
    for (let i = 0; i < 7; i += 1) {
      await page.keyboard.press("Tab");
      seen.push(await focused());
    }
    assert.deepEqual(seen.toSorted(), ["WI-001", "WI-002", "WI-003", "WI-004", "WI-005", "WI-006", "WI-007"]);
    await page.locator("#WI-003").focus();
    const keys = [
      ["ArrowDown", "WI-004"],
      ["ArrowRight", "WI-007"],
      ["ArrowUp", "WI-002"],
      ["ArrowRight", "WI-001"],
      ["ArrowRight", "WI-001"],
      ["ArrowLeft", "WI-002"],
    ] as const;
    for (const [key, id] of keys) {
      await page.keyboard.press(key);
      assert.equal(await focused(), id, key);
    }
    const tip = page.locator("#tip-WI-002");
    await tip.waitFor({ state: "visible" });
    assert.match((await tip.textContent()) ?? "", /Design: in progress, owner Grace, updated 2026-03-04 05:06 UTC/);
    await keep(page, "tooltip");
    await page.keyboard.press("Escape");
    await tip.waitFor({ state: "hidden" });
    await page.locator("#WI-003").hover();
    await page.locator("#tip-WI-003").waitFor({ state: "visible" });
  },
);

test("bars and dates say what they show", needsBrowser, async (t) => {
  const { page } = await open(t);
  const card = page.locator(".card", { has: page.locator("#WI-002") });
  assert.equal(await card.getByRole("progressbar").getAttribute("value"), "3");
  assert.match((await card.textContent()) ?? "", /3 \/ 5/);
  const done = page.locator(".card", { has: page.locator("#WI-001") });
  assert.equal(await done.locator("time").getAttribute("datetime"), "2026-03-04");
  assert.equal(await page.locator("header time").textContent(), "2026-03-04 05:06:07 UTC");
  const progress = page.getByRole("progressbar", { name: "EP-001: items completed" });
  assert.equal(await progress.getAttribute("max"), "3");
});

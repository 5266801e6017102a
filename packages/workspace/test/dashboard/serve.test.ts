import assert from "node:assert/strict";
import { request } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { readBoard, serveBoard } from "../../src/dashboard/index.ts";
import { openProject } from "../../src/project/index.ts";
import { folderFor } from "../folders.ts";
import { browser, needsBrowser } from "./browser.ts";
import { sampleProject } from "./sample.ts";

async function served(t: TestContext) {
  const place = await sampleProject(folderFor(t));
  const server = await serveBoard({ board: await readBoard(place) });
  t.after(() => server.close());
  return { place, server };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

function ask(url: string, path: string, options: { method?: string; host?: string } = {}): Promise<Answer> {
  const { method = "GET", host } = options;
  return new Promise((resolve, reject) => {
    const headers = host === undefined ? {} : { host };
    const sent = request(new URL(url), { path, method, headers, timeout: 10_000 }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => (text += String(chunk)));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

test("only GET, only the board, only by this machine's own names", async (t) => {
  const { server } = await served(t);
  const page = await ask(server.url, "/");
  assert.equal(page.status, 200);
  assert.match(page.text, /Draw the board/);
  assert.match(
    String(page.headers["content-security-policy"]),
    /default-src 'none'.*connect-src 'self'.*frame-ancestors 'none'/,
  );
  for (const method of ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]) {
    const answer = await ask(server.url, "/", { method });
    assert.equal(answer.status, 405, method);
    assert.equal(answer.headers["allow"], "GET");
  }
  const paths = [
    "/registry.json",
    "/.project/registry.json",
    "/../registry.json",
    "/%2e%2e/registry.json",
    "//",
    "/etc/passwd",
    "*",
  ];
  for (const path of paths) assert.equal((await ask(server.url, path)).status, 404, path);
  const { port } = new URL(server.url);
  for (const host of ["example.com", `example.com:${port}`, "localhost", `127.0.0.1:${Number(port) + 1}`, "[::1]"]) {
    assert.equal((await ask(server.url, "/", { host })).status, 403, host);
  }
  assert.equal((await ask(server.url, "/", { host: `localhost:${port}` })).status, 200);
});

test("no other machine reaches it", async (t) => {
  const { server } = await served(t);
  const others = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4");
  for (const { address } of others) {
    const refused = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: address, port: Number(new URL(server.url).port), timeout: 2_000 });
      socket.on("connect", () => resolve(false));
      socket.on("error", () => resolve(true));
      socket.on("timeout", () => resolve(true));
      t.after(() => socket.destroy());
    });
    assert.ok(refused, address);
  }
  assert.equal(new URL(server.url).hostname, "127.0.0.1");
});

test(
  "a change shows by itself, keeps the focus, and a page that lost the server finds it again",
  needsBrowser,
  async (t) => {
    const { place, server } = await served(t);
    const page = await (await browser()).newPage();
    t.after(() => page.close());
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(server.url);
    await page.locator("#WI-002").focus();
    const project = openProject(place.folder, place.ground);
    await project.addItem({ title: "Comes later" });
    const later = { folder: place.folder, ground: { ...place.ground, now: () => new Date("2026-03-04T06:00:00Z") } };
    server.show({ board: await readBoard(later) });
    await page.getByText("Comes later").waitFor();
    assert.equal(await page.evaluate("document.activeElement.id"), "WI-002");
    server.show({ board: await readBoard(later), problem: "registry.json: <b>torn</b>" });
    await page.getByRole("alert").waitFor();
    assert.match((await page.getByRole("alert").textContent()) ?? "", /<b>torn<\/b>/);
    const { port } = new URL(server.url);
    await server.close();
    await page.getByText("Not connected").waitFor();
    const again = await serveBoard({ board: await readBoard(later) }, Number(port));
    t.after(() => again.close());
    await page.getByRole("alert").waitFor({ state: "detached", timeout: 15_000 });
    assert.deepEqual(errors, []);
  },
);

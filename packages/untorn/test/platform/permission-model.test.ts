import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { folder } from "../atomic/support/places.ts";

test("under Node's permission model what is refused says so, and nothing is left", (t) => {
  const place = folder(t);
  if ("bun" in process.versions || "deno" in process.versions) return t.skip("it is Node's");
  const flag = ["--permission", "--experimental-permission"].find((each) =>
    process.allowedNodeEnvironmentFlags.has(each),
  );
  if (flag === undefined) return t.skip("this runtime has no permission model");
  const url = pathToFileURL(join(import.meta.dirname, "../../src/index.js")).href;
  const script = `const { writeFile } = await import("${url}");
    const told = ({ code, outcome, message }) => console.log(JSON.stringify({ code, outcome, message }));
    await writeFile("full", "x").catch(told);
    await writeFile("off", "x", { durability: "off" });`;
  const allowed = [flag, "--allow-fs-read=*", `--allow-fs-write=${place}`, "--no-warnings"];
  const ended = spawnSync(process.execPath, [...allowed, "--input-type=module", "-e", script], {
    cwd: place,
    encoding: "utf8",
  });
  assert.equal(ended.status, 0, ended.stderr);
  const { code, outcome, message } = JSON.parse(ended.stdout) as { code: string; outcome: string; message: string };
  assert.deepEqual([code, outcome], ["UNTORN_PERMISSION", "unchanged"]);
  assert.match(
    message,
    /Node's permission model refused it.*a sync, and a change of mode, Node refuses under --permission/,
  );
  assert.deepEqual(readdirSync(place), ["off"]);
});

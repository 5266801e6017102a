/** Copies a code on a click, moves between cards by arrow keys, and puts tooltips away on Escape. */
export const boardScript = `
"use strict";
const said = document.getElementById("copied");
let quiet;
async function copy(code) {
  try {
    await navigator.clipboard.writeText(code);
  } catch {
    const field = document.createElement("textarea");
    field.value = code;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) return false;
  }
  return true;
}
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.code");
  if (!button) return;
  const code = button.textContent.trim();
  const done = await copy(code);
  button.focus();
  said.textContent = done ? code + " copied" : code + " could not be copied";
  clearTimeout(quiet);
  quiet = setTimeout(() => { said.textContent = ""; }, 2000);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.body.classList.add("no-tips");
  const button = event.target.closest("button.code");
  if (!button || event.ctrlKey || event.altKey || event.metaKey) return;
  const columns = [...document.querySelectorAll(".column")].map((column) => [...column.querySelectorAll("button.code")]);
  const at = columns.findIndex((column) => column.includes(button));
  const row = columns[at].indexOf(button);
  const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  let next;
  if (step) next = columns[at][row + step];
  else if (side) for (let to = at + side; columns[to] && !next; to += side) next = columns[to][row] || columns[to].at(-1);
  if (!step && !side) return;
  event.preventDefault();
  if (next) next.focus();
});
for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, () => document.body.classList.remove("no-tips"));
}
`.trim();

/** Puts the newest board in place of the one that is shown, when the server says that there is one. */
export const liveScript = `
"use strict";
const say = (text) => { document.getElementById("live").textContent = text; };
const events = new EventSource("events");
let shown = document.querySelector("main").dataset.made;
events.addEventListener("board", async ({ data }) => {
  say("Live");
  if (data === shown) return;
  const answer = await fetch("./", { cache: "no-store" }).catch(() => undefined);
  if (!answer || !answer.ok) return;
  const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  const focused = document.activeElement && document.activeElement.id;
  shown = next.dataset.made;
  document.querySelector("main").replaceWith(document.adoptNode(next));
  const again = focused && document.getElementById(focused);
  if (again) again.focus({ preventScroll: true });
});
events.addEventListener("error", () => say("Not connected; trying again"));
`.trim();

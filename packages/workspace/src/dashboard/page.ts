import { createHash } from "node:crypto";
import type { Badge, Board, BoardEpic, Card, Group } from "./board.ts";
import { Html, markup } from "./escape.ts";
import { boardScript, liveScript } from "./scripts.ts";
import { style } from "./style.ts";

export interface PageOptions {
  /** Shown in a banner: why this board may be out of date. */
  readonly problem?: string;
  /** For a page that is served: it shows changes by itself. */
  readonly live?: boolean;
}

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/**
 * What a page may do: its own style and its own scripts, each by digest, and nothing else. A title that got past the
 * escaping could not run anything, load anything or send anything.
 */
export function contentPolicy(live: boolean): string {
  const scripts = live ? [boardScript, liveScript] : [boardScript];
  return [
    "default-src 'none'",
    `script-src ${scripts.map(hash).join(" ")}`,
    `style-src ${hash(style)}`,
    ...(live ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** The board as one self-contained HTML file. */
export function boardPage(board: Board, { problem, live = false }: PageOptions = {}): string {
  const scripts = live ? [boardScript, liveScript] : [boardScript];
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(contentPolicy(live))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${board.name}: board</title>
${new Html(`<style>${style}</style>`)}
</head>
<body>
${mainPart(board, problem, live)}
<p id="copied" role="status"></p>
${new Html(scripts.map((script) => `<script>${script}</script>`).join("\n"))}
</body>
</html>
`.source;
}

function mainPart(board: Board, problem: string | undefined, live: boolean): Html {
  const { name, made, epics, columns } = board;
  return markup`<main data-made="${madeWords(made, problem)}">
<header>
<h1>${name}</h1>
<p class="quiet">Made <time datetime="${made}">${made.slice(0, 10)} ${made.slice(11, 19)} UTC</time></p>
${live ? markup`<p class="quiet" id="live">Live</p>\n` : undefined}</header>
${problem === undefined ? undefined : bannerPart(problem)}${epics.length === 0 ? undefined : epicsPart(epics)}
<div class="board">
${columns.map(columnPart)}</div>
</main>`;
}

/** What tells one state of a page from another; the stream of changes says the same words. */
export function madeWords(made: string, problem: string | undefined): string {
  return problem === undefined ? made : `${made} ${problem.replace(/\s+/g, " ")}`;
}

function bannerPart(problem: string): Html {
  return markup`<div class="banner" role="alert">
<strong>The project cannot be read; this is the last board that could be.</strong>
${problem}
</div>
`;
}

function epicsPart(epics: readonly BoardEpic[]): Html {
  return markup`<section aria-labelledby="epics">
<h2 id="epics">Epics</h2>
<ul class="epics">
${epics.map(epicPart)}</ul>
</section>`;
}

function epicPart({ code, title, status, items, completed }: BoardEpic): Html {
  const ended = status === "completed" ? markup` class="ended"` : undefined;
  return markup`<li>
<p class="line"><span>${code} ${title}</span> <span${ended}>${completed} / ${items}</span></p>
${bar(`${code}: items completed`, completed, items)}
</li>
`;
}

function bar(label: string, value: number, max: number): Html {
  return markup`<progress aria-label="${label}" max="${Math.max(max, 1)}" value="${value}">${value} of ${max}</progress>`;
}

const columnNames = { backlog: "Backlog", active: "Active", completed: "Completed" } as const;

function columnPart({ stage, count, groups }: Board["columns"][number]): Html {
  return markup`<section class="column ${stage}" aria-labelledby="${stage}">
<h2 id="${stage}">${columnNames[stage]} <span class="count">${count === 1 ? "1 item" : `${count} items`}</span></h2>
${groups.length === 0 ? markup`<p class="empty">Nothing here.</p>\n` : groups.map(groupPart)}</section>
`;
}

function groupPart({ epic, cards }: Group): Html {
  const progress = epic && markup` <span class="count">${epic.completed} / ${epic.items}</span>`;
  return markup`<h3>${epic === undefined ? "No epic" : `${epic.code} ${epic.title}`}${progress}</h3>
<ul>
${cards.map(cardPart)}</ul>
`;
}

function cardPart(card: Card): Html {
  const { code, title, badges, phases, completedOn } = card;
  const day =
    completedOn && markup`<p class="quiet">Completed <time datetime="${completedOn}">${completedOn}</time></p>\n`;
  return markup`<li class="card">
<button type="button" class="code" id="${code}" aria-describedby="tip-${code}">${code}</button>
<p class="title">${title}</p>
${badges.length === 0 ? undefined : markup`<ul class="badges">${badges.map(badgePart)}</ul>\n`}${phases && phasesPart(code, phases)}${day}${tipPart(card)}
</li>
`;
}

const kindNames = { spec: "Spec", design: "Design", plan: "Plan" } as const;

function badgePart({ kind, status }: Badge): Html {
  return markup`<li class="badge ${status}">${kindNames[kind]}<span class="hidden">: ${status.replace("-", " ")}</span></li>`;
}

function phasesPart(code: string, { complete, total }: NonNullable<Card["phases"]>): Html {
  const progress = bar(`${code}: phases complete`, complete, total);
  return markup`<div class="phases">${progress}<span>${complete} / ${total}</span></div>\n`;
}

/** What is known and has no place on the card. */
function tipPart({ code, path, stage, badges }: Card): Html {
  const lines = badges.map(({ kind, status, details }) =>
    [`${kindNames[kind]}: ${status.replace("-", " ")}`, ...details].join(", "),
  );
  const place = path === null ? `In the ${stage}, without a folder yet` : `Folder ${path}`;
  const text = [...lines, place, "Click the code to copy it"].join("\n");
  return markup`<p class="tip" role="tooltip" id="tip-${code}">${text}</p>`;
}

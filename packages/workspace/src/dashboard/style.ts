/** The style sheet. Bars are `progress` elements, so nothing needs a style attribute, and the CSP forbids them. */
export const style = `
:root { color-scheme: light dark; --page: #f4f5f7; --card: #fff; --text: #1b1f24; --quiet: #57606a; --line: #d0d7de;
  --accent: #0a57b5; --track: #dfe3e8; --done: #12672f; --done-back: #daf3e1; --doing: #7a4a00; --doing-back: #fdf0d2;
  --draft: #474f59; --draft-back: #e6e9ed; --bad: #a31322; --bad-back: #ffe3e3; --tip: #1b1f24; --tip-text: #fff }
@media (prefers-color-scheme: dark) {
  :root { --page: #0e1116; --card: #1a1f27; --text: #e7ebf0; --quiet: #a3adb9; --line: #363e49; --accent: #7db8ff;
    --track: #333b46; --done: #86dfa3; --done-back: #12351f; --doing: #f5c76a; --doing-back: #3d2d0b; --draft: #c3cbd5;
    --draft-back: #2c333d; --bad: #ffa3a3; --bad-back: #471a1f; --tip: #e7ebf0; --tip-text: #0e1116 } }
* { box-sizing: border-box }
body { margin: 0; padding: 1.5rem clamp(1rem, 3vw, 2.5rem) 3rem; background: var(--page); color: var(--text);
  font: 1rem/1.45 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; margin-bottom: 1rem }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere }
h2 { font-size: 1.05rem; margin: 0 0 .75rem; display: flex; justify-content: space-between; gap: .5rem }
h3 { font-size: .85rem; margin: 1rem 0 .5rem; color: var(--quiet); font-weight: 600; overflow-wrap: anywhere }
p { margin: 0 }
ul { list-style: none; margin: 0; padding: 0 }
.quiet, .count, .empty { color: var(--quiet); font-weight: 400; font-size: .875rem }
.banner { background: var(--bad-back); color: var(--bad); border: 1px solid currentColor; border-radius: .5rem;
  padding: .75rem 1rem; margin-bottom: 1rem; overflow-wrap: anywhere }
.banner strong { display: block }
.epics { display: grid; gap: .5rem 1.5rem; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); margin-bottom: 1.5rem }
.epics li { font-size: .875rem; overflow-wrap: anywhere }
.epics .line { display: flex; justify-content: space-between; gap: .75rem }
.epics .line span + span, .count { white-space: nowrap }
.epics .ended { color: var(--done); font-weight: 600 }
.board { display: grid; gap: 1.25rem; grid-template-columns: repeat(3, minmax(0, 1fr)); align-items: start }
@media (max-width: 50rem) { .board { grid-template-columns: minmax(0, 1fr) } }
.column { border-top: .25rem solid var(--line); padding-top: .75rem }
.column.active { border-color: var(--accent) }
.column.completed { border-color: var(--done) }
.card { position: relative; background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: .625rem .75rem; margin-bottom: .5rem }
.card:hover, .card:focus-within { border-color: var(--accent) }
.title { overflow-wrap: anywhere; margin: .25rem 0 }
.code { font: 600 .8125rem/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; color: var(--accent);
  background: none; border: 0; border-radius: .25rem; padding: .125rem .25rem; margin: 0 -.25rem; min-height: 1.5rem;
  cursor: copy }
.code:hover { text-decoration: underline }
.code:focus-visible { outline: .1875rem solid var(--accent); outline-offset: .0625rem }
.badges { display: flex; flex-wrap: wrap; gap: .375rem; margin: .375rem 0 0 }
.badge { font-size: .75rem; border-radius: 1rem; padding: .0625rem .5rem; background: var(--draft-back); color: var(--draft) }
.badge::before { content: "\\25CB"; margin-right: .3125rem }
.badge.in-progress { background: var(--doing-back); color: var(--doing) }
.badge.in-progress::before { content: "\\25D0" }
.badge.complete { background: var(--done-back); color: var(--done) }
.badge.complete::before { content: "\\25CF" }
.badge.unreadable { background: var(--bad-back); color: var(--bad) }
.badge.unreadable::before { content: "\\26A0" }
.phases { display: flex; align-items: center; gap: .5rem; font-size: .75rem; color: var(--quiet); margin-top: .5rem }
.phases span { white-space: nowrap }
progress { appearance: none; border: 0; width: 100%; height: .375rem; border-radius: 1rem; overflow: hidden;
  background: var(--track) }
progress::-webkit-progress-bar { background: var(--track) }
progress::-webkit-progress-value { background: var(--done) }
progress::-moz-progress-bar { background: var(--done) }
.tip { position: absolute; z-index: 2; left: .5rem; right: .5rem; top: calc(100% - .25rem); padding: .5rem .625rem;
  border-radius: .375rem; background: var(--tip); color: var(--tip-text); font-size: .75rem; line-height: 1.5;
  overflow-wrap: anywhere; white-space: pre-line; visibility: hidden }
.card:hover .tip, .code:focus-visible ~ .tip { visibility: visible; transition: visibility 0s .4s }
body.no-tips .tip { visibility: hidden !important }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
#copied:not(:empty) { position: fixed; z-index: 3; left: 50%; bottom: 1.5rem; transform: translateX(-50%);
  padding: .5rem 1rem; border-radius: .5rem; background: var(--tip); color: var(--tip-text) }
@media (forced-colors: active) { .card, .badge, .tip, .column { border: 1px solid } }
@media print { .tip, #copied { display: none } }
`.trim();

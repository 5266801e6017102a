export { readBoard } from "./board.ts";
export type { Badge, Board, BoardEpic, Card, Group } from "./board.ts";
export { boardPage } from "./page.ts";
export type { PageOptions } from "./page.ts";
export { serveBoard } from "./serve.ts";
export type { BoardServer } from "./serve.ts";
export { readShown, watchBoard } from "./watch.ts";
export type { Shown } from "./watch.ts";
export { writeDashboard } from "./write.ts";

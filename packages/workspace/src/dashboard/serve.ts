import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { boardPage, contentPolicy, madeWords } from "./page.ts";
import type { Shown } from "./watch.ts";

/** A board on loopback. */
export interface BoardServer {
  readonly url: string;
  /** Shows another board to everybody who looks. */
  readonly show: (shown: Shown) => void;
  readonly close: () => Promise<void>;
}

const headers = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": `${contentPolicy(true)}; frame-ancestors 'none'`,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
} as const;

/** So many browsers may look at once. */
const lookers = 50;

/**
 * Serves a board at `http://127.0.0.1:PORT/`, and nothing else: only to this machine, only GET, only the page and its
 * stream of changes. A request that was sent to another host name is refused, so that a foreign page cannot read the
 * board by pointing a name of its own at this machine (DNS rebinding). Port 0 takes a free one.
 *
 * Rejects with the system's error if the port is taken.
 */
export async function serveBoard(first: Shown, port = 0): Promise<BoardServer> {
  let shown = first;
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const refusal = refusalOf(request, streams.size);
    if (refusal !== undefined) return end(response, refusal.status, refusal.text, "text/plain; charset=utf-8");
    if (pathOf(request) === "/events") return listen(response);
    const page = boardPage(shown.board, {
      live: true,
      ...(shown.problem === undefined ? {} : { problem: shown.problem }),
    });
    return end(response, 200, page, "text/html; charset=utf-8");
  });
  server.requestTimeout = 10_000;
  server.headersTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const beat = setInterval(() => send(": still here\n\n"), 15_000);
  return {
    url: `http://127.0.0.1:${portOf(server)}/`,
    show(next) {
      shown = next;
      send(message(shown));
    },
    async close() {
      clearInterval(beat);
      for (const stream of streams) stream.end();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };

  function listen(response: ServerResponse): void {
    response.writeHead(200, { ...headers, "Content-Type": "text/event-stream" });
    response.write(`retry: 1000\n\n${message(shown)}`);
    streams.add(response);
    response.on("close", () => streams.delete(response));
  }

  function send(text: string): void {
    for (const stream of streams) stream.write(text);
  }
}

function message({ board, problem }: Shown): string {
  return `event: board\ndata: ${madeWords(board.made, problem)}\n\n`;
}

function refusalOf(request: IncomingMessage, open: number): { status: number; text: string } | undefined {
  const port = (request.socket.address() as AddressInfo).port;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(request.headers.host ?? "")) return { status: 403, text: "Only this machine's own names.\n" };
  if (request.method !== "GET") return { status: 405, text: "Only GET.\n" };
  const path = pathOf(request);
  if (path !== "/" && path !== "/events") return { status: 404, text: "There is only the board: /\n" };
  if (path === "/events" && open >= lookers) return { status: 503, text: "Too many look already.\n" };
  return undefined;
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "").split("?", 1)[0] ?? "";
}

function end(response: ServerResponse, status: number, text: string, type: string): void {
  const allow = status === 405 ? { Allow: "GET" } : {};
  response.writeHead(status, { ...headers, ...allow, "Content-Type": type, "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

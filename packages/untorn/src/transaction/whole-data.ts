import { sourceFailed } from "../atomic/index.ts";
import type { Source } from "../atomic/index.ts";
import { pull } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";

const onlyLater = "this data comes in asynchronously, which only the asynchronous call can wait for";

/** All of the data, in pieces. A source that is not asked to its end is told so: a stream would keep its file open. */
export function* wholeOf(source: Source, path: string): Protocol<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  let ended = false;
  try {
    for (;;) {
      const piece = yield* pull(() => source.next(), path, onlyLater);
      ended = piece === undefined;
      if (piece === undefined) return pieces;
      pieces.push(piece);
    }
  } catch (error) {
    throw sourceFailed(error, path);
  } finally {
    if (!ended) source.close();
  }
}

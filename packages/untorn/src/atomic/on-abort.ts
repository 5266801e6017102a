interface Waiting {
  readonly stops: Set<() => void>;
  readonly fire: () => void;
}

/** One listener per signal, however many calls share it: Node warns of a leak from the eleventh on. */
const perSignal = new WeakMap<AbortSignal, Waiting>();

/** Calls `stop` once when the signal fires; the function that is returned takes that back. */
export function onAbort(signal: AbortSignal, stop: () => void): () => void {
  const waiting = perSignal.get(signal) ?? listen(signal);
  waiting.stops.add(stop);
  return () => {
    waiting.stops.delete(stop);
    if (waiting.stops.size > 0 || perSignal.get(signal) !== waiting) return;
    perSignal.delete(signal);
    signal.removeEventListener("abort", waiting.fire);
  };
}

function listen(signal: AbortSignal): Waiting {
  const stops = new Set<() => void>();
  const fire = (): void => {
    perSignal.delete(signal);
    for (const stop of stops) stop();
  };
  const waiting = { stops, fire };
  perSignal.set(signal, waiting);
  signal.addEventListener("abort", fire, { once: true });
  return waiting;
}

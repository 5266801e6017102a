const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a piece of work that Ctrl-C may end cleanly. The first signal gives the work up up to its commit point: nothing
 * changes and no temp stays. Then the process ends by that same signal, so that a shell sees what happened. A second
 * signal ends it at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    received = signal;
    restore();
    controller.abort(new Error(`ended by ${signal}`));
  };
  const restore = (): void => {
    for (const signal of signals) process.off(signal, stop);
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    restore();
    if (received !== undefined) process.kill(process.pid, received);
  }
}

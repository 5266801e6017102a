import { Machine } from "../memory-machine.ts";
import { MemoryPort } from "../memory-port.ts";
import type { CrashTest, Workload } from "./crash-test.ts";
import { Explorer } from "./explorer.ts";

import { FailureBook } from "./failure-book.ts";
import { persistenceModel, persistenceModels } from "./model.ts";
import type { PersistenceModel } from "./model.ts";
import { Recorder } from "./recording.ts";
import type { Recording } from "./recording.ts";
import { replay } from "./replay.ts";
import { formatCrashReport } from "./report.ts";
import type { CrashReport, ModelReport } from "./report.ts";

/**
 * Crashes `workload` everywhere: works out every state of the disk that a power cut (by each persistence model) or a
 * killed process may leave at any moment, runs `recover` and `check` on each, and crashes the recovery in turn.
 * Small workloads are explored exhaustively, larger ones by a seeded choice; the report says which.
 *
 * Rejects only if `setup` or `workload` fails; what `check` or `recover` throws is in the report, shrunk to the least
 * that goes wrong, with a timeline and a token that replays it.
 */
export async function exploreCrashes<V>(test: CrashTest<V>): Promise<CrashReport> {
  const started = performance.now();
  const recording = await record(test);
  const book = new FailureBook<V>();
  const reports: ModelReport[] = [];
  if (test.replay === undefined) {
    const models: (PersistenceModel | undefined)[] = (test.models ?? persistenceModels).map(toModel);
    if (test.kills !== false) models.push(undefined);
    for (const model of models) {
      const explorer: Explorer<V> = new Explorer(test, model, (crashed, recordings, error) =>
        book.add(explorer, model, { crashed, recordings, error }),
      );
      await explorer.explore(recording);
      const { states, failures, exhaustive } = explorer;
      reports.push({ model: model?.name ?? "process", states, failures, exhaustive });
    }
  } else {
    reports.push(await replay(test, recording, test.replay, book));
  }
  return {
    ok: reports.every(({ failures }) => failures === 0),
    states: reports.reduce((sum, { states }) => sum + states, 0),
    failures: await book.close(test.seed ?? 1),
    models: reports,
    effects: recording.effects.length,
    seed: test.seed ?? 1,
    durationMs: performance.now() - started,
  };
}

/** As `exploreCrashes`, but rejects with an error that tells the whole story if any state is wrong. */
export async function assertCrashSafe<V>(test: CrashTest<V>): Promise<CrashReport> {
  const report = await exploreCrashes(test);
  if (!report.ok) throw new Error(`not crash-safe\n${formatCrashReport(report)}`);
  return report;
}

function toModel(model: PersistenceModel | string): PersistenceModel {
  return typeof model === "string" ? persistenceModel(model) : model;
}

/** Runs the workload once and writes down what it did. */
async function record<V>(test: CrashTest<V>): Promise<Recording<V>> {
  const port = new MemoryPort(new Machine({ seed: test.seed ?? 1, ...test.machine }));
  await test.setup?.(port);
  const recorder = new Recorder<V>(port);
  const run: Workload<V> = {
    begin: (version) => recorder.mark("begin", version),
    returned: (version) => recorder.mark("returned", version),
    note: (text) => recorder.note(text),
    call(version, action) {
      recorder.mark("begin", version);
      const result = action();
      if (!(result instanceof Promise)) {
        recorder.mark("returned", version);
        return result;
      }
      const noted = result.then((value: unknown) => {
        recorder.mark("returned", version);
        return value;
      });
      return noted as typeof result;
    },
  };
  await test.workload(port, run);
  return recorder.end();
}

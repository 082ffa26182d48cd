// The process that has a simulation's database open. It is separate because DuckDB's statements run on libuv's threads,
// of which a process has four: the heartbeats and files of the run would wait for queries. Here the pool has as many
// threads as the connections need (the parent sets UV_THREADPOOL_SIZE), and nothing else waits for it.
//
// It ends with its parent: at once when the channel closes, so that a killed run leaves nobody holding the file. The
// parent handles signals of the terminal.

import { DatabaseError, type Failure, failureOf } from "../database/failure.js";
import { ModelError } from "../models/load.js";
import type { FromProcess, RequestName, ToProcess } from "./protocol.js";
import { Simulator } from "./simulator.js";

/**
 * Milliseconds between progress messages. A year of few people has thirty models in half a second: a message for each
 * would slow them.
 */
const PROGRESS_EVERY_MS = 100;
let toldAt = 0;

const simulator = new Simulator({
  onNotice: (notice) => send({ notice }),
  onProgress: (year, done, total) => {
    if (done < total && performance.now() - toldAt < PROGRESS_EVERY_MS) return;
    toldAt = performance.now();
    send({ year, done, total });
  },
});

function send(message: FromProcess): void {
  // The parent may be gone while an answer is on its way; `disconnect` then ends this process.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function toFailure(thrown: unknown): Failure {
  if (thrown instanceof DatabaseError) return thrown.failure;
  if (thrown instanceof ModelError) return { kind: "wrongUse", problem: thrown.message };
  return failureOf(thrown, simulator.file);
}

process.on("message", ({ id, name, argument }: ToProcess) => {
  simulator.answer(name as RequestName, argument as never).then(
    (answer) => send({ id, answer }),
    (thrown: unknown) => send({ id, failure: toFailure(thrown) }),
  );
});
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
// Not an orderly exit, which would wait for running statements while the file stays locked.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));

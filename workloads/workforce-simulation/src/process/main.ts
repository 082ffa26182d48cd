// The process that has a simulation's database open. A process of its own, because DuckDB's statements run on libuv's
// threads, of which a process has four: the heartbeats and files of the run would wait for queries. Here the pool is as
// large as the connections need (the parent sets UV_THREADPOOL_SIZE), and nothing else waits for it.
//
// It ends with its parent: when the channel closes, at once, so that a killed run leaves no one holding the file. Signals
// of the terminal are the parent's business.

import { DatabaseError, type Failure, failureOf } from "../database/failure.js";
import { ModelError } from "../models/load.js";
import type { FromProcess, RequestName, ToProcess } from "./protocol.js";
import { Simulator } from "./simulator.js";

/** Milliseconds. A year of few people has thirty models in half a second: a message each would take time from them. */
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
  // The parent may be gone while an answer is on its way; `disconnect` ends this process then.
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
// Not an orderly end: statements under way would be waited for, and the file would stay locked meanwhile.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));

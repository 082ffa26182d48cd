// The guarded process's side: answers its parent's questions. A thread beside it watches the memory of the whole
// process and kills it at the limit. The thread has its own event loop, so it also watches a reader that never yields.

import { Worker } from "node:worker_threads";
import type { Answer, PlainError, Question } from "./protocol.js";

/**
 * Interval of the memory check, in ms. A reader allocates at most some 2 GB per second, so it exceeds the limit by at
 * most 40 MB. A check costs microseconds.
 */
const LOOK_EVERY_MS = 20;

/**
 * Plain JavaScript, since it is evaluated and not imported. It also watches the parent's pid, since a parent that is
 * gone cannot end a busy process through the channel.
 */
const WATCHDOG = `
const { workerData } = require("node:worker_threads");
const limit = new BigInt64Array(workerData.limit);
const parent = process.ppid;
setInterval(() => {
  const most = Atomics.load(limit, 0);
  if ((most > 0n && BigInt(process.memoryUsage.rss()) > most) || process.ppid !== parent) process.kill(process.pid, "SIGKILL");
}, ${LOOK_EVERY_MS});
`;

/** Answers the parent's questions one after another until the parent is gone. Call it once, in a process's entry module. */
export function answerQuestions(answer: (question: unknown) => Promise<unknown>): void {
  const shared = new SharedArrayBuffer(8);
  const limit = new BigInt64Array(shared);
  new Worker(WATCHDOG, { eval: true, workerData: { limit: shared } }).unref();
  process.on("disconnect", () => process.exit());
  process.on("message", ({ id, question, memoryBytesMax }: Question) => {
    Atomics.store(limit, 0, BigInt(process.memoryUsage.rss() + memoryBytesMax));
    const say = (words: Answer) => {
      Atomics.store(limit, 0, 0n);
      process.send?.(words);
    };
    answer(question).then(
      (value) => say({ id, ok: true, value }),
      (error: unknown) => say({ id, ok: false, problem: toPlain(error) }),
    );
  });
}

function toPlain(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message } = error;
  const details = "details" in error ? { details: error.details } : {};
  return { name, message, ...details };
}

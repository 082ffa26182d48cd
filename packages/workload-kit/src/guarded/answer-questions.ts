// The guarded process's side: it answers its parent's questions, while a thread beside it watches the memory of the whole
// process and kills it at the limit. The thread has a loop of its own, so a reader that never yields is watched too.

import { Worker } from "node:worker_threads";
import type { Answer, PlainError, Question } from "./protocol.js";

/**
 * How often the thread looks, in ms. A reader fills some 2 GB a second at most, so the limit is passed by 40 MB; one look
 * costs microseconds.
 */
const LOOK_EVERY_MS = 20;

/**
 * Plain JavaScript, since it is evaluated and not imported. A parent that is gone cannot end a busy process through the
 * channel, so its id is watched as well.
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

/** Answers the parent's questions, one after the other, until the parent is gone. Call it once, in a process's entry. */
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

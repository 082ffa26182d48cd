// Entry point of the reading thread: opens one xlsx or parquet file and answers for its batches, one at a time, so
// that no more than one batch waits unread.

import { parentPort, workerData } from "node:worker_threads";
import { DatasetFileError, SourceUnreadableError } from "@holdfast/core";
import { openParquet } from "./parquet-source.js";
import { type ReaderAnswer, type ReaderQuestion, type ReaderTask, toPlainEntry } from "./reader-protocol.js";
import { openXlsx } from "./xlsx-source.js";

const ALIVE_EVERY_MS = 1_000; // well within the caller's patience, too rare to cost anything

const task = workerData as ReaderTask;
if (parentPort === null) throw new Error("reader-thread runs in a worker thread only");
const port = parentPort;
let toldAliveAtMs = performance.now();

function say(answer: ReaderAnswer): void {
  toldAliveAtMs = performance.now();
  port.postMessage(answer);
}

function onProgress(): void {
  if (performance.now() - toldAliveAtMs > ALIVE_EVERY_MS) say({ kind: "alive" });
}

function fail(error: unknown): void {
  const unexpected = () => {
    const what = `reading broke off (${error instanceof Error ? error.message : String(error)})`;
    return new SourceUnreadableError(what, "The file is probably damaged: write it again", { path: task.path });
  };
  say({ kind: "failed", problem: (error instanceof DatasetFileError ? error : unexpected()).toPlain() });
}

async function read(): Promise<void> {
  try {
    const { path, sheet, heapBytesMax } = task;
    const reader =
      task.format === "xlsx"
        ? await openXlsx(path, { sheet, heapBytesMax, onProgress })
        : await openParquet(path, onProgress);
    const batches = reader.batches()[Symbol.asyncIterator]();
    port.on("message", (question: ReaderQuestion) => {
      const answering = question === "close" ? reader.close().then(() => port.close()) : answerNext();
      answering.catch(fail);
    });
    async function answerNext(): Promise<void> {
      const { done, value } = await batches.next();
      say(done === true ? { kind: "end" } : { kind: "batch", entries: value.map(toPlainEntry) });
    }
    say({ kind: "opened", columns: reader.columns, warnings: reader.warnings });
  } catch (error) {
    fail(error);
  }
}

// Outside the module's evaluation: the runtime crashes when `process.exit` ends a thread that is still in it.
setImmediate(() => void read());

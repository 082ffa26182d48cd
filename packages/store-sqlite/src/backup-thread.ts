/** The thread that makes one copy of a file and ends; `backup.ts` starts it. */
import { parentPort, workerData } from "node:worker_threads";
import { backupFromHere } from "./backup.js";
import { sendError } from "./sqlite-errors.js";

const { file, to } = workerData as { file: string; to: string };
function copy(): void {
  try {
    backupFromHere(file, to);
    parentPort?.postMessage(null);
  } catch (error) {
    parentPort?.postMessage(sendError(error instanceof Error ? error : new Error(String(error))));
  }
}

// A task of its own, for the reason that writer-thread.ts gives.
setImmediate(copy);

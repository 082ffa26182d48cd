/** Thread that examines one file and ends; started by `examine.ts`. */
import { parentPort, workerData } from "node:worker_threads";
import { examineFromHere } from "./examine.js";
import { sendError } from "./sqlite-errors.js";

const { file, isChecked } = workerData as { file: string; isChecked: boolean };
function examine(): void {
  try {
    parentPort?.postMessage({ examined: examineFromHere(file, isChecked) });
  } catch (error) {
    parentPort?.postMessage({ error: sendError(error instanceof Error ? error : new Error(String(error))) });
  }
}

// A task of its own; see writer-thread.ts.
setImmediate(examine);

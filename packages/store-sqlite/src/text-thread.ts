/** The thread that reads long pages of events as text, over a connection of its own that cannot write; `text-reader.ts` starts it. */
import { parentPort, workerData } from "node:worker_threads";
import type { EventQuery } from "@holdfast/core";
import { openConnection } from "./connection.js";
import { SqlContext } from "./context.js";
import { FileIdentity } from "./file-identity.js";
import { listEventText } from "./sql/event-text.js";
import { systemTime } from "./store-time.js";

export interface TextThreadData {
  readonly file: string;
  readonly bootId: string;
  /** `FileIdentity.opened` of the thread that made or checked the file. */
  readonly fileIdentity: string | null;
}

export type TextQuery = Pick<EventQuery, "after" | "limit">;
/** What is asked, with a number for its answer; null ends the thread. */
export type TextRequest = readonly [id: number, runId: string, query: TextQuery] | null;
/** The answer; null where it could not be read, and whoever asked reads it on its own thread and hears why. */
export type TextAnswer = readonly [id: number, found: ReturnType<typeof listEventText> | null];

function serve(): void {
  const { file, bootId, fileIdentity } = workerData as TextThreadData;
  // Opening would make a new, empty file where the store was moved away meanwhile.
  new FileIdentity(file, fileIdentity).check();
  const db = openConnection(file, "reader", "FULL");
  db.exec("PRAGMA query_only = ON");
  const ctx = new SqlContext(db, systemTime(undefined, bootId), () => "", file);
  parentPort?.on("message", (request: TextRequest) => {
    if (request === null) {
      db.close();
      parentPort?.close();
      return;
    }
    const [id, runId, query] = request;
    const answer: TextAnswer = [id, find(ctx, runId, query)];
    parentPort?.postMessage(answer);
  });
}

function find(ctx: SqlContext, runId: string, query: TextQuery) {
  try {
    return listEventText(ctx, runId, query);
  } catch {
    return null;
  }
}

// A task of its own, for the reason that writer-thread.ts gives.
setImmediate(serve);

/**
 * Examining a whole store: every page is read, which takes about a second for each gigabyte. So a file is examined by a thread with a
 * connection of its own, and neither writers nor readers of this process wait for it.
 */
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { LARGEST_RUNS_MAX, type StoreExamination } from "@holdfast/core";
import { openConnection, readPragma } from "./connection.js";
import type { Database } from "./driver.js";
import { checkFile } from "./sql/check-file.js";
import { findOrphans } from "./sql/orphans.js";
import { receiveError, type SentError } from "./sqlite-errors.js";

/** What the pages say; the log lies beside them. */
export type Examined = Omit<StoreExamination, "logBytes">;

/** What the examining thread answers. */
export type ExamineAnswer = { readonly examined: Examined } | { readonly error: SentError };

/** In a thread of its own. */
export async function examineFile(file: string, isChecked: boolean): Promise<Examined> {
  const url = new URL("./examine-thread.js", import.meta.url);
  const workerData = { file, isChecked };
  const worker = new Worker(fileURLToPath(url), { workerData, execArgv: [], name: "holdfast-examine" });
  const answer = await new Promise<ExamineAnswer>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error(`The examination of ${file} ended without an answer.`)));
  });
  if ("error" in answer) throw receiveError(answer.error);
  return answer.examined;
}

/** On this thread, over a connection of its own. */
export function examineFromHere(file: string, isChecked: boolean): Examined {
  const db = openConnection(file, "beats", "NORMAL");
  try {
    return examineHere(db, isChecked);
  } finally {
    db.close();
  }
}

interface SizeRow {
  readonly name: string;
  readonly bytes: number;
}

interface FilesRow {
  readonly count: number;
  readonly bytes: number;
}

/** Over the given connection. */
export function examineHere(db: Database, isChecked: boolean): Examined {
  // A damaged store answers nothing else that could be relied on.
  const damage = isChecked ? checkFile(db) : [];
  const pageBytes = Number(readPragma(db, "page_size"));
  const sizes = {
    sizeBytes: Number(readPragma(db, "page_count")) * pageBytes,
    unusedBytes: Number(readPragma(db, "freelist_count")) * pageBytes,
  };
  if (damage.length > 0) {
    return { ...sizes, tables: [], artifacts: { count: 0, bytes: 0 }, largestRuns: [], problems: damage };
  }
  const [artifacts] = db
    .prepare("SELECT count(*) AS count, coalesce(sum(size_bytes), 0) AS bytes FROM artifact")
    .all() as FilesRow[];
  const largest = db
    .prepare(
      `SELECT r.run_id AS runId, count(*) AS count, sum(a.size_bytes) AS bytes
         FROM artifact a JOIN run r USING (run_k) GROUP BY a.run_k ORDER BY 3 DESC, a.run_k DESC LIMIT ?`,
    )
    .all(LARGEST_RUNS_MAX) as StoreExamination["largestRuns"][number][];
  return {
    ...sizes,
    tables: (db.prepare(TABLE_SIZES).all() as SizeRow[]).map(({ name, bytes }) => ({ name, bytes })),
    artifacts: { count: artifacts?.count ?? 0, bytes: artifacts?.bytes ?? 0 },
    largestRuns: largest.map(({ runId, count, bytes }) => ({ runId, count, bytes })),
    problems: isChecked ? findOrphans(db) : null,
  };
}

/** An index counts with its table, and SQLite's own tables under one name. */
const TABLE_SIZES = `
  SELECT CASE WHEN coalesce(m.tbl_name, s.name) LIKE 'sqlite%' THEN 'sqlite' ELSE coalesce(m.tbl_name, s.name) END AS name,
         sum(s.pgsize) AS bytes
    FROM dbstat s LEFT JOIN sqlite_schema m ON m.name = s.name
   WHERE s.aggregate = TRUE GROUP BY 1 ORDER BY 2 DESC, 1`;

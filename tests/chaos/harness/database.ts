/**
 * The database as the tests see it: through a second, read-only SQLite connection that bypasses the library, so that a
 * mistake in how the library reads cannot hide a mistake in how it writes.
 */
import { DatabaseSync } from "@photostructure/sqlite";

export interface RunRow {
  readonly run: string;
  readonly status: string;
  readonly reason: string | null;
  readonly head: number;
  readonly recoveries: number;
  readonly holder: string | null;
  readonly pid: number | null;
  readonly wish: string | null;
}

export interface AttemptRow {
  readonly run: string;
  readonly generation: number;
  readonly stage: string;
  readonly attempt: number;
  readonly status: string;
  readonly isRecord: number;
  readonly pid: number;
  readonly output: string | null;
}

export interface ArtifactRow {
  readonly run: string;
  readonly stage: string;
  readonly attempt: number;
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface EventRow {
  readonly run: string;
  readonly seq: number;
  readonly type: string;
  readonly stage: string | null;
  readonly body: string | null;
}

/** Changes a file without going through the library. */
export function writeDatabase(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

export class Database {
  private readonly db: InstanceType<typeof DatabaseSync>;

  constructor(file: string) {
    this.db = new DatabaseSync(file, { readOnly: true });
    this.db.exec("PRAGMA busy_timeout = 5000");
  }

  close(): void {
    this.db.close();
  }

  rows<T>(sql: string, ...values: (string | number | null)[]): T[] {
    return this.db.prepare(sql).all(...values) as T[];
  }

  runs(): RunRow[] {
    return this.rows<RunRow>(
      `SELECT r.run_id AS run, l.wish, h.name AS holder, h.pid,
              coalesce(r.final_status, CASE l.phase WHEN 0 THEN 'queued' WHEN 1 THEN 'running' ELSE 'paused' END) AS status,
              coalesce(l.reason, r.reason) AS reason, coalesce(l.next_seq - 1, r.head) AS head,
              coalesce(l.recoveries, r.recoveries) AS recoveries
         FROM run r LEFT JOIN run_live l USING (run_k) LEFT JOIN holder h USING (holder_k) ORDER BY r.run_id`,
    );
  }

  run(runId: string): RunRow | undefined {
    return this.runs().find((row) => row.run === runId);
  }

  attempts(runId?: string): AttemptRow[] {
    return this.rows<AttemptRow>(
      `SELECT r.run_id AS run, a.generation, a.stage, a.attempt, a.status, a.is_record AS isRecord, h.pid, a.output
         FROM attempt a JOIN run r USING (run_k) JOIN holder h ON h.holder_k = a.holder_k
        WHERE ?1 IS NULL OR r.run_id = ?1 ORDER BY a.run_k, a.start_seq`,
      runId ?? null,
    );
  }

  artifacts(runId?: string): ArtifactRow[] {
    return this.rows<ArtifactRow>(
      `SELECT r.run_id AS run, a.stage, a.attempt, a.name, a.sha256, a.size_bytes AS sizeBytes
         FROM artifact a JOIN run r USING (run_k) WHERE ?1 IS NULL OR r.run_id = ?1 ORDER BY a.artifact_k`,
      runId ?? null,
    );
  }

  events(runId?: string): EventRow[] {
    return this.rows<EventRow>(
      `SELECT r.run_id AS run, e.seq, t.name AS type, e.stage, e.body
         FROM event e JOIN run r USING (run_k) JOIN event_type t USING (type)
        WHERE ?1 IS NULL OR r.run_id = ?1 ORDER BY e.id`,
      runId ?? null,
    );
  }

  /**
   * The violated invariants, empty if there are none. At every instant, of every store: SQLite finds the file sound; a
   * run's events are numbered 1, 2, 3, … up to its latest one; a stage has one record in a generation, one completed
   * attempt and one event that says so; attempts of a stage are numbered 1, 2, 3, …; every counter of finished runs
   * equals the number of such runs.
   */
  problems(): string[] {
    const found: string[] = [];
    for (const { integrity_check } of this.rows<{ integrity_check: string }>("PRAGMA integrity_check")) {
      if (integrity_check !== "ok") found.push(`integrity: ${integrity_check}`);
    }
    const tell = (what: string, sql: string) => {
      for (const row of this.rows<object>(sql)) found.push(`${what}: ${JSON.stringify(row)}`);
    };
    tell(
      "events with a gap, or beyond the head",
      `SELECT r.run_id, count(*) AS events, min(e.seq) AS first, max(e.seq) AS last, coalesce(l.next_seq - 1, r.head) AS head
         FROM run r LEFT JOIN event e USING (run_k) LEFT JOIN run_live l USING (run_k) GROUP BY r.run_k
       HAVING events <> head OR first <> 1 OR last <> head`,
    );
    tell(
      "a stage recorded more than once",
      `SELECT run_k, generation, stage, count(*) AS records FROM attempt WHERE is_record = 1 OR status = 'completed'
        GROUP BY run_k, generation, stage HAVING records > 1`,
    );
    tell(
      "completed attempts and their events differ",
      `SELECT r.run_id, (SELECT count(*) FROM attempt a WHERE a.run_k = r.run_k AND a.status = 'completed') AS attempts,
              (SELECT count(*) FROM event e JOIN event_type t USING (type)
                WHERE e.run_k = r.run_k AND t.name = 'stage.completed') AS events
         FROM run r WHERE attempts <> events`,
    );
    tell(
      "attempts not numbered in order",
      `SELECT run_k, stage, count(*) AS attempts, max(attempt) AS last FROM attempt GROUP BY run_k, stage
       HAVING attempts <> last`,
    );
    tell(
      "an artifact of an attempt that is not recorded",
      `SELECT f.run_k, f.stage, f.attempt FROM artifact f LEFT JOIN attempt a USING (run_k, stage, attempt)
        WHERE a.status IS NULL`,
    );
    tell(
      "finished runs miscounted",
      `SELECT c.status, c.runs, count(r.run_k) AS found FROM run_count c LEFT JOIN run r ON r.final_status = c.status
        GROUP BY c.status HAVING c.runs <> found`,
    );
    return found;
  }
}

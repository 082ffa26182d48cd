/**
 * Whether the condition of an open wait is true, asked by whoever has locked its run and may end it. What comes from outside goes
 * before the instant: it was accepted. Both true at one moment give one end, since the caller writes it in this transaction.
 */
import type { WaitKind } from "@holdfast/core";
import { NO_OUTPUT } from "./output-columns.js";
import { type Sql, type Steps, wait } from "./steps.js";
import type { WaitEnd } from "./wait-rows.js";

/** What a wait waits for, as its row says it. */
export interface WaitCondition {
  readonly run_k: number;
  readonly kind: WaitKind;
  /** Of a signal: its names, a JSON list. Of a question: its title. */
  readonly subject: string | null;
  /** Of a question: the answer, a JSON text. */
  readonly answer: string | null;
}

export const KEPT = 1;
/** Stays as a row only for its key, without its payload. */
export const TAKEN = 2;

/** An answer as it is kept with its question. */
export interface KeptAnswer {
  readonly value: unknown;
  readonly by: string;
  readonly at: number;
  readonly note: string | null;
}

interface SignalRow {
  n: number;
  name: string;
  payload: string;
  sent_at: number;
  sent_by: string;
  idempotency_key: string | null;
}

/** How the wait ends now, taking the signal that ends it; null while its condition is not true. */
export function* findWaitEnd(sql: Sql, condition: WaitCondition, leftMs: number | null): Steps<WaitEnd | null> {
  const { kind, answer } = condition;
  if (kind === "signal") {
    const taken = yield* takeSignal(sql, condition);
    if (taken !== null) return taken;
  }
  if (kind === "ask" && answer !== null) return endWhenAnswered(JSON.parse(answer) as KeptAnswer);
  return leftMs === 0 ? endWhenDue(kind) : null;
}

/** The end of a wait whose instant has come. */
function endWhenDue(kind: WaitKind): WaitEnd {
  if (kind === "sleep") return { outcome: { status: "completed", output: NO_OUTPUT }, fact: null };
  return {
    outcome: { status: "completed", output: ["null", null, null] },
    fact: { type: "wait.timed_out", body: "{}" },
  };
}

function endWhenAnswered({ value, by, at, note }: KeptAnswer): WaitEnd {
  return {
    outcome: { status: "completed", output: [JSON.stringify({ value, by, at }), null, null] },
    fact: { type: "question.answered", body: JSON.stringify({ by, note }) },
  };
}

export function namesOf({ subject }: Pick<WaitCondition, "subject">): readonly string[] {
  return JSON.parse(subject ?? "[]") as string[];
}

function* takeSignal(sql: Sql, condition: WaitCondition): Steps<WaitEnd | null> {
  const names = namesOf(condition);
  if (names.length === 0) return null;
  const { run_k } = condition;
  const row = yield* wait(
    sql.get<SignalRow>(
      `SELECT n, name, payload, sent_at, sent_by, idempotency_key FROM signal
        WHERE run_k = ? AND state = ${KEPT} AND name IN (${names.map(() => "?").join(", ")}) ORDER BY n LIMIT 1`,
      run_k,
      ...names,
    ),
  );
  if (row === undefined) return null;
  const { n, name, payload, sent_at: sentAt, sent_by: by } = row;
  // The key alone has to last.
  const take =
    row.idempotency_key === null
      ? "DELETE FROM signal WHERE run_k = ? AND n = ?"
      : `UPDATE signal SET state = ${TAKEN}, payload = NULL WHERE run_k = ? AND n = ?`;
  yield* wait(sql.run(take, run_k, n));
  return {
    outcome: { status: "completed", output: [`{"name":${JSON.stringify(name)},"payload":${payload}}`, null, null] },
    fact: { type: "signal.taken", body: JSON.stringify({ name, by, sentAt }) },
  };
}

/**
 * What comes to a run from outside. The run is locked first: while a worker has it, a signal is kept and an answer is written to
 * its question, for that worker to see; else the wait that it is for ends here.
 *
 * Worker A                                sender
 * opens the wait, sees no signal
 *                                         locks the run: a worker has it → kept
 * parks: locks the run, looks once more,
 * takes the signal, queues the run
 */
import {
  type AnswerOutcome,
  type AnswerSend,
  type KeptSignal,
  type OpenQuestion,
  type QuestionQuery,
  type RunId,
  SIGNALS_MAX,
  type SignalOutcome,
  type SignalSend,
  type WaitQuestion,
} from "@holdfast/core";
import { audited } from "./control.js";
import { type LiveRow, RUNNING, type RunState } from "./live.js";
import { type Maybe, type Sql, type SqlScalar, type Steps, wait } from "./steps.js";
import { KEPT, type KeptAnswer, namesOf, type WaitCondition } from "./wait-ends.js";
import { OPEN, SETTLED } from "./wait-rows.js";

/** What each store does in its own way. */
export interface SignalSql {
  readonly sql: Sql;
  settle<R>(steps: Steps<R>): Maybe<R>;
  /** With the run locked. */
  readState(runId: string): Maybe<RunState | null>;
  listOpenWaits(live: LiveRow): Maybe<readonly WaitCondition[]>;
  /** Ends the open waits of a run that nobody executes whose condition is true, and queues the run if it waits. */
  endOpenWaits(live: LiveRow): Maybe<void>;
}

interface Sent {
  readonly outcome: SignalOutcome;
  readonly isNew: boolean;
}

const refuse = (outcome: SignalOutcome): Sent => ({ outcome, isNew: false });

export function* sendSignal(on: SignalSql, signal: SignalSend): Steps<SignalOutcome> {
  const send = () => on.settle(sendNew(on, signal));
  return (yield* audited(on.sql, signal.runId, signal.audit, send, ({ isNew }) => isNew)).outcome;
}

function* sendNew(on: SignalSql, signal: SignalSend): Steps<Sent> {
  const state = yield* wait(on.readState(signal.runId));
  if (state === null) return refuse({ kind: "notFound" });
  const { runK, live } = state;
  // First: who sends again because an answer was lost gets that answer, whatever became of the run.
  const before = yield* findByKey(on.sql, runK, signal.idempotencyKey);
  if (before !== undefined) {
    if (before.content_hash !== signal.contentHash) return refuse({ kind: "keyReused" });
    return refuse({ kind: before.state === KEPT ? "kept" : "consumed" });
  }
  if (live === null) return refuse({ kind: "ended", status: state.status });
  const isResting = live.phase !== RUNNING;
  const isWaitedFor = isResting && (yield* wait(on.listOpenWaits(live))).some((open) => isFor(open, signal.name));
  if (!isWaitedFor && (yield* countKept(on.sql, runK)) >= SIGNALS_MAX) return refuse({ kind: "full" });
  const n = yield* keep(on.sql, runK, signal);
  // The oldest of its name goes first, which need not be this one.
  if (isWaitedFor) yield* wait(on.endOpenWaits(live));
  const isKept = yield* wait(on.sql.get("SELECT 1 FROM signal WHERE run_k = ? AND n = ? AND state = ?", runK, n, KEPT));
  return { outcome: { kind: isKept === undefined ? "consumed" : "kept" }, isNew: true };
}

const isFor = (open: WaitCondition, name: string) => open.kind === "signal" && namesOf(open).includes(name);

function* findByKey(
  sql: Sql,
  runK: number,
  key: string | null,
): Steps<{ readonly state: number; readonly content_hash: string } | undefined> {
  if (key === null) return undefined;
  return yield* wait(
    sql.get<{ state: number; content_hash: string }>(
      "SELECT state, content_hash FROM signal WHERE run_k = ? AND idempotency_key = ?",
      runK,
      key,
    ),
  );
}

function* countKept(sql: Sql, runK: number): Steps<number> {
  const row = yield* wait(
    sql.get<{ kept: number }>(`SELECT count(*) AS kept FROM signal WHERE run_k = ? AND state = ${KEPT}`, runK),
  );
  return row?.kept ?? 0;
}

function* keep(sql: Sql, runK: number, signal: SignalSend): Steps<number> {
  const { name, payloadJson, idempotencyKey, contentHash, by } = signal;
  const last = yield* wait(sql.get<{ n: number | null }>("SELECT max(n) AS n FROM signal WHERE run_k = ?", runK));
  const n = (last?.n ?? 0) + 1;
  yield* wait(
    sql.run(
      `INSERT INTO signal (run_k, n, name, payload, idempotency_key, content_hash, sent_at, sent_by, state)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[runK, n, name, payloadJson, idempotencyKey, contentHash, sql.wallMs, by, KEPT],
    ),
  );
  return n;
}

export function* listKeptSignals(sql: Sql, runId: string): Steps<readonly KeptSignal[]> {
  const rows = yield* wait(
    sql.all<{ name: string; payload: string; sent_at: number; sent_by: string }>(
      `SELECT s.name, s.payload, s.sent_at, s.sent_by FROM run r JOIN signal s ON s.run_k = r.run_k
        WHERE r.run_id = ? AND s.state = ${KEPT} ORDER BY s.n`,
      runId,
    ),
  );
  return rows.map(({ name, payload, sent_at, sent_by }) => ({
    ...{ name, payloadJson: payload, sentAt: sent_at, by: sent_by },
  }));
}

interface QuestionRow {
  attempt: number;
  generation: number;
  state: number;
  answer: string | null;
  closed_at: number | null;
}

export function answerQuestion(on: SignalSql, answer: AnswerSend): Steps<AnswerOutcome> {
  const write = () => on.settle(answerOpen(on, answer));
  return audited(on.sql, answer.runId, answer.audit, write, ({ kind }) => kind === "answered");
}

function* answerOpen(on: SignalSql, { runId, stage, attempt, valueJson, by, note }: AnswerSend): Steps<AnswerOutcome> {
  const state = yield* wait(on.readState(runId));
  if (state === null) return { kind: "notFound" };
  const { runK, live } = state;
  const { sql } = on;
  const row = yield* wait(
    sql.get<QuestionRow>(
      `SELECT attempt, generation, state, answer, closed_at FROM wait
        WHERE run_k = ? AND stage = ? AND kind = 'ask' ${attempt === undefined ? "" : "AND attempt = ?"} ORDER BY attempt DESC LIMIT 1`,
      ...[runK, stage, ...(attempt === undefined ? [] : [attempt])],
    ),
  );
  if (row !== undefined && row.answer !== null) {
    const before = JSON.parse(row.answer) as KeptAnswer;
    return { kind: "answeredBefore", by: before.by, at: before.at };
  }
  if (row?.state === SETTLED) return { kind: "timedOut", at: row.closed_at ?? 0 };
  if (live === null) return { kind: "ended", status: state.status };
  if (row?.state !== OPEN || row.generation !== live.generation) return { kind: "notAsked" };
  const kept = `{"value":${valueJson},"by":${JSON.stringify(by)},"at":${sql.wallMs},"note":${JSON.stringify(note)}}`;
  yield* wait(
    sql.run("UPDATE wait SET answer = ? WHERE run_k = ? AND stage = ? AND attempt = ?", kept, runK, stage, row.attempt),
  );
  if (live.phase !== RUNNING) yield* wait(on.endOpenWaits(live));
  return { kind: "answered" };
}

interface OpenQuestionRow {
  run_id: string;
  workflow: string;
  owner: string | null;
  stage: string;
  attempt: number;
  opened_at: number;
  due_at: number | null;
  question: string;
}

export function* listOpenQuestions(
  sql: Sql,
  { runId, stage, owner, limit }: QuestionQuery,
): Steps<readonly OpenQuestion[]> {
  const values: SqlScalar[] = [];
  const and = (condition: string, value: string | undefined) => {
    if (value === undefined) return "";
    values.push(value);
    return `AND ${condition} = ?`;
  };
  const rows = yield* wait(
    sql.all<OpenQuestionRow>(
      `SELECT r.run_id, f.name AS workflow, r.owner, w.stage, w.attempt, w.opened_at, w.due_at, w.question
         FROM wait w JOIN run_live l ON l.run_k = w.run_k AND l.generation = w.generation
         JOIN run r ON r.run_k = w.run_k JOIN workflow f ON f.workflow_k = r.workflow_k
        WHERE w.state = ${OPEN} AND w.kind = 'ask' AND w.answer IS NULL ${and("r.run_id", runId)} ${and("w.stage", stage)} ${and("r.owner", owner)}
        ORDER BY w.opened_at, w.run_k, w.stage LIMIT ?`,
      ...values,
      limit,
    ),
  );
  return rows.map(({ run_id, opened_at, due_at, question, ...rest }) => ({
    ...rest,
    runId: run_id as RunId,
    askedAt: opened_at,
    dueAt: due_at,
    question: JSON.parse(question) as WaitQuestion,
  }));
}

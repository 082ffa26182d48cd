/** Rows of waits: their states as stored, and what an operation answers about one. */
import type { ChildRefusal, RunEventType, RunId, WaitKind, WaitOpen, WaitView, WishKind } from "@holdfast/core";
import { NO_OUTPUT, type OutputColumns } from "./output-columns.js";
import type { RecordRow, Refusal } from "./rows.js";

/** The run ended, or was restarted, before its condition came true. */
export const DROPPED = 0;
export const OPEN = 1;
/** It has an outcome, which is its row in `attempt_row`. */
export const SETTLED = 2;

/** Nobody waits any more in this run: it begins again. Values: now, the run's number. */
export const DROP_WAITS_OF_RUN_SQL = `UPDATE wait SET state = ${DROPPED}, closed_at = ? WHERE run_k = ? AND state = ${OPEN}`;

/** An open wait with the time until its instant. */
export interface OpenWaitRow {
  readonly stage: string;
  readonly kind: WaitKind;
  readonly leftMs: number | null;
  readonly childId: RunId | null;
}

export type WaitResult =
  | { readonly kind: "open"; readonly wish: WishKind | null; readonly leftMs: number | null }
  | { readonly kind: "settled"; readonly wish: WishKind | null; readonly record: RecordRow }
  | { readonly kind: "refused"; readonly wish: WishKind | null; readonly why: ChildRefusal }
  | Refusal;

/** What a wait ended with: the outcome of its stage. */
export type WaitOutcome =
  | { readonly status: "completed"; readonly output: OutputColumns }
  | { readonly status: "failed"; readonly errorJson: string };

/** How a wait ended: its outcome, and a fact of the stage that its history tells before it; `body` is JSON without the stage. */
export interface WaitEnd {
  readonly outcome: WaitOutcome;
  readonly fact: { readonly type: RunEventType; readonly body: string } | null;
}

/** The numbers that the events of an end take. */
export const eventCountOf = ({ fact }: WaitEnd): number => (fact === null ? 1 : 2);

/** What a wait waits for, as its row keeps it: `subject` and `question`. */
export function subjectOf({ signals, question }: Pick<WaitOpen, "signals" | "question">): string | null {
  return signals === undefined ? (question?.title ?? null) : JSON.stringify(signals);
}

export function questionOf({ question }: Pick<WaitOpen, "question">): string | null {
  return question === undefined ? null : JSON.stringify(question);
}

/** The wait as it is shown. */
export function toWaitView(
  kind: WaitKind,
  dueAt: number | null,
  { wait_subject: subject, wait_child_id: childId }: { wait_subject: string | null; wait_child_id: string | null },
): WaitView {
  return {
    kind,
    dueAt,
    ...(childId === null ? {} : { childId }),
    ...(subject === null ? {} : kind === "signal" ? { signals: JSON.parse(subject) as string[] } : { title: subject }),
  };
}

/** Output columns of an outcome, with its failure: nulls where it has none. */
export function outcomeColumns(
  outcome: WaitOutcome,
): readonly [
  status: "completed" | "failed",
  json: string | null,
  sha256: string | null,
  bytes: number | null,
  error: string | null,
] {
  return outcome.status === "completed"
    ? [outcome.status, ...outcome.output, null]
    : [outcome.status, ...NO_OUTPUT, outcome.errorJson];
}

/** The event of an outcome: its type, and its body without the stage. */
export function outcomeEvent(
  outcome: WaitOutcome,
  attempt: number,
  ms: number,
): { readonly type: RunEventType; readonly body: string } {
  return outcome.status === "completed"
    ? { type: "stage.completed", body: JSON.stringify({ attempt, ms }) }
    : { type: "stage.failed", body: `{"attempt":${attempt},"error":${outcome.errorJson}}` };
}

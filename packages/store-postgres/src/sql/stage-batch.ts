/** Starts and ends of attempts, and events, as the calls of one function of the database. */
import { type AttemptFinish, type AttemptStart, eventCode, type Fence, type RunEventInput } from "@holdfast/core";
import { NO_OUTPUT, type OutputColumns, outputColumns, type WriteResult } from "@holdfast/store-sql";
import type { Batch } from "../batch.js";
import { finishedEvent, isRecordOf, shownLabel, startedEvent } from "./attempts.js";
import { type EventTexts, textsOf } from "./events.js";

/** As `stages_v4` tells them apart. */
const STARTS = 1;
const ENDS = 2;
const EVENTS = 3;

export interface StageCall {
  readonly fence: Fence;
  readonly kind: typeof STARTS | typeof ENDS | typeof EVENTS;
  readonly events: readonly EventTexts[];
  readonly stage: string | null;
  readonly attempt: number | null;
  readonly status: AttemptFinish["status"] | null;
  readonly isRecord: boolean;
  readonly inputsHash: string | null;
  readonly label: string | null;
  readonly show: string | null;
  readonly errorJson: string | null;
  readonly output: OutputColumns;
}

const NOTHING = {
  ...{ stage: null, attempt: null, status: null, isRecord: false, inputsHash: null, label: null, show: null },
  ...{ errorJson: null, output: NO_OUTPUT },
};

export const startCall = (fence: Fence, start: AttemptStart): StageCall => ({
  ...NOTHING,
  ...{ fence, kind: STARTS, stage: start.stage, attempt: start.attempt, inputsHash: start.inputsHash },
  ...{ label: start.label ?? null, show: shownLabel(start), events: [startedEvent(start)] },
});

export function finishCall(fence: Fence, finish: AttemptFinish): StageCall {
  const { stage, attempt, status } = finish;
  const event = finishedEvent(finish);
  const error = status === "completed" ? null : finish.error;
  return {
    ...NOTHING,
    ...{
      fence,
      kind: ENDS,
      stage,
      attempt,
      status,
      isRecord: isRecordOf(finish),
      events: event === null ? [] : [event],
    },
    errorJson: error === null ? null : JSON.stringify(error),
    output: outputColumns(status === "completed" ? finish.output : null),
  };
}

export const eventsCall = (fence: Fence, events: readonly RunEventInput[]): StageCall => ({
  ...NOTHING,
  ...{ fence, kind: EVENTS, events: events.map(textsOf) },
});

const SQL = `SELECT place, wish FROM stages_v4($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
  $18, $19, $20, $21, $22)`;

export const STAGES: Batch<StageCall, WriteResult> = {
  async send(client, calls, durability) {
    const events = calls.flatMap(({ events }, place) => events.map((event, n) => ({ ...event, place: place + 1, n })));
    const { rows } = await client.query<{ place: number; wish: "pause" | null }>(SQL, [
      durability === "soft",
      calls.map(({ fence }) => fence.runId),
      calls.map(({ fence }) => fence.token),
      calls.map(({ fence }) => fence.nonce),
      calls.map(({ kind }) => kind),
      calls.map(({ events }) => events.length),
      calls.map(({ stage }) => stage),
      calls.map(({ attempt }) => attempt),
      calls.map(({ status }) => status),
      calls.map(({ isRecord }) => (isRecord ? 1 : 0)),
      calls.map(({ inputsHash }) => inputsHash),
      calls.map(({ label }) => label),
      calls.map(({ show }) => show),
      calls.map(({ errorJson }) => errorJson),
      calls.map(({ output: [json] }) => json),
      calls.map(({ output: [, sha256] }) => sha256),
      calls.map(({ output: [, , sizeBytes] }) => sizeBytes),
      events.map(({ place }) => place),
      events.map(({ n }) => n),
      events.map(({ type }) => eventCode(type)),
      events.map(({ stage }) => stage),
      events.map(({ body }) => body),
    ]);
    const answers: (WriteResult | undefined)[] = calls.map(() => undefined);
    for (const { place, wish } of rows) answers[place - 1] = wish;
    return answers;
  },
};

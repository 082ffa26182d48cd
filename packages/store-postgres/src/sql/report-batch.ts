/** Ends of executions without a wish and without kin, as the calls of one function of the database. */
import { eventCode, type Fence, type RunEventType, type RunReport } from "@holdfast/core";
import { NO_OUTPUT, type OutputColumns, outputColumns, runCause, type WriteResult } from "@holdfast/store-sql";
import type { Batch } from "../batch.js";

export interface ReportCall {
  readonly fence: Fence;
  readonly status: "completed" | "failed";
  readonly reason: string | null;
  readonly errorJson: string | null;
  readonly output: OutputColumns;
  readonly type: RunEventType;
  readonly body: string;
}

/** Null for an ending that puts the run back or aside. */
export function reportCall(fence: Fence, ending: RunReport): ReportCall | null {
  switch (ending.status) {
    case "completed": {
      const body = JSON.stringify({ stages: ending.stageCount });
      const output = outputColumns(ending.output);
      return { fence, status: "completed", reason: null, errorJson: null, output, type: "run.completed", body };
    }
    case "failed": {
      const { reason, error } = ending;
      const body = JSON.stringify({ reason, error });
      const errorJson = JSON.stringify(error);
      return { fence, status: "failed", reason, errorJson, output: NO_OUTPUT, type: "run.failed", body };
    }
    default:
      return null;
  }
}

const SQL = "SELECT place FROM reports_v10($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

export const REPORTS: Batch<ReportCall, WriteResult> = {
  async send(client, calls) {
    const { rows } = await client.query<{ place: number }>(SQL, [
      calls.map(({ fence }) => fence.runId),
      calls.map(({ fence }) => fence.token),
      calls.map(({ fence }) => fence.nonce),
      calls.map(({ status }) => status),
      calls.map(({ reason }) => reason),
      calls.map(({ errorJson }) => errorJson),
      calls.map(({ output: [json] }) => json),
      calls.map(({ output: [, sha256] }) => sha256),
      calls.map(({ output: [, , sizeBytes] }) => sizeBytes),
      calls.map(({ status, errorJson }) => runCause(status, errorJson)),
      calls.map(({ type }) => eventCode(type)),
      calls.map(({ body }) => body),
    ]);
    const done = new Set(rows.map(({ place }) => place - 1));
    return calls.map((_, place) => (done.has(place) ? null : undefined));
  },
};

/** The next generation of a run, as the shared package begins it. */
import type { InputTexts } from "@holdfast/core";
import * as shared from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { finishRun } from "./family.js";
import { addEvent, setWaiting } from "./live.js";
import { refillRun } from "./search.js";

export function continueRun(ctx: SqlContext, live: shared.LiveRow, input: InputTexts): void {
  const on: shared.ContinueSql = {
    sql: ctx,
    addEvent: (of, type, body) => addEvent(ctx, of, type, body),
    setWaiting: (of, to) => setWaiting(ctx, of, to),
    fail: (of, reason, errorJson) =>
      finishRun(ctx, of, { status: "failed", reason, errorJson, output: shared.NO_OUTPUT }),
    refillRun: (runK) => refillRun(ctx, runK),
  };
  shared.runNow(shared.continueRun(on, live, input));
}

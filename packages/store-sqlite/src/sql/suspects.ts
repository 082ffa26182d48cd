/** What `suspects.ts` of the shared package does, at once. */
import * as shared from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";

export const hasToAnswer = (ctx: SqlContext, live: shared.LiveRow): boolean =>
  shared.runNow(shared.hasToAnswer(ctx, live));

export const leaveCompany = (ctx: SqlContext, live: shared.LiveRow): void =>
  shared.runNow(shared.leaveCompany(ctx, live));

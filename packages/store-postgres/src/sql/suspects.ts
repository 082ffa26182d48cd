/** What `suspects.ts` of the shared package does, in one transaction of a server. */
import * as shared from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";

export const hasToAnswer = (ctx: SqlContext, live: shared.LiveRow): Promise<boolean> =>
  shared.runInOrder(shared.hasToAnswer(ctx, live));

export const leaveCompany = (ctx: SqlContext, live: shared.LiveRow): Promise<void> =>
  shared.runInOrder(shared.leaveCompany(ctx, live));

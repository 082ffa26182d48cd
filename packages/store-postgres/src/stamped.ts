/** Results with the instant at which they are true: what is read of a lease counts from then. */
import type { StoreInstant } from "@holdfast/store-sql";
import type { SqlContext } from "./context.js";
import { instantAt } from "./sql/lease-rules.js";

/** A result with the instant at which it is true. */
export async function stamped<T>(ctx: SqlContext, result: Promise<T>): Promise<{ result: T; now: StoreInstant }> {
  return { result: await result, now: instantAt(ctx.wallMs) };
}

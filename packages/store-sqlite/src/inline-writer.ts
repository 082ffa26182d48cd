/**
 * The same operations on the calling thread, for the deterministic simulation and unit tests: no thread, no timer, the
 * given clock and random numbers. Blocks the event loop, so it never waits for another process's lock.
 */
import { StoreClosedError } from "@holdfast/core";
import type { SqlContext } from "./context.js";
import { FileIdentity } from "./file-identity.js";
import { GroupWriter } from "./group-writer.js";
import { receiveError } from "./sqlite-errors.js";
import type { Writer } from "./writer-client.js";

export class InlineWriter implements Writer {
  readonly #writer: GroupWriter;
  #isClosed = false;

  constructor(
    readonly ctx: SqlContext,
    options: { readonly durability: "full" | "normal"; readonly random: () => number },
  ) {
    this.#writer = new GroupWriter(ctx, {
      ...options,
      busyTimeoutMs: 0,
      pause: () => {},
      identity: new FileIdentity(ctx.location),
    });
  }

  async call(code: number, args: readonly unknown[]): Promise<unknown> {
    if (this.#isClosed) throw new StoreClosedError({ location: this.ctx.location });
    const { results, errors } = this.#writer.execute([{ code, args }]);
    this.#writer.moveEnded();
    const error = errors?.[0]?.[1];
    if (error !== undefined) throw receiveError(error);
    return results[0];
  }

  flushNow(): void {
    // Every call was carried out before it returned.
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#writer.close();
  }
}

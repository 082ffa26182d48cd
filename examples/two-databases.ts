/**
 * When one PostgreSQL is full: several stores, and a router of your own. Each customer's runs are in one store, chosen by a hash of
 * the customer's name; workers run for each store. Nothing is shared between the stores, so no call may span two.
 */
import { createHash } from "node:crypto";
import { defineWorkflow, type Holdfast, HoldfastError, openHoldfast } from "holdfast";
import { z } from "zod";

export const report = defineWorkflow({
  name: "report",
  input: z.object({ topic: z.string() }),
  stages: ["write"],
  run: ({ input, stage }) => stage("write", () => `About ${input.topic}.`),
});

export interface Router extends AsyncDisposable {
  /** The store of a customer. The number of stores must stay: another number sends customers elsewhere. */
  of(customer: string): Holdfast;
  /** The store that has a run of this id. */
  find(runId: string): Promise<Holdfast | null>;
  /** The newest runs of all stores. */
  newest(limit: number): Promise<readonly { readonly id: string; readonly createdAt: number }[]>;
  readonly all: readonly Holdfast[];
}

export async function openRouter(urls: readonly string[], dataDir: string): Promise<Router> {
  const all = await Promise.all(urls.map((url) => openHoldfast({ workflows: [report], url, dataDir })));
  const close = async () => {
    await Promise.all(all.map((holdfast) => holdfast.close()));
  };
  return {
    all,
    of(customer) {
      const number = createHash("sha256").update(customer).digest().readUInt32BE(0);
      return all[number % all.length] as Holdfast;
    },
    async find(runId) {
      for (const holdfast of all) {
        try {
          await holdfast.runs.get(runId);
          return holdfast;
        } catch (error) {
          if (!(error instanceof HoldfastError && error.code === "RUN_NOT_FOUND")) throw error;
        }
      }
      return null;
    },
    async newest(limit) {
      const pages = await Promise.all(all.map((holdfast) => holdfast.runs.list({ limit })));
      const rows = pages.flatMap((page) => page.rows);
      return rows.sort((a, b) => b.createdAt - a.createdAt).slice(0, limit);
    },
    [Symbol.asyncDispose]: close,
  };
}

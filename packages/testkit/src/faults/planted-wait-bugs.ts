/** Bugs to plant in waits; see `planted-bugs.ts`. */
import type { WaitDue } from "@holdfast/core";
import { type PlantedBug, watchClaims } from "./planted-bugs.js";

const halved = (due: WaitDue | null): WaitDue | null =>
  due?.kind === "after" ? { kind: "after", ms: due.ms / 2 } : due;

export const PLANTED_WAIT_BUGS: readonly PlantedBug[] = [
  {
    name: "a sleep ends when half of it is over",
    plant: (store) => ({ openWait: (fence, wait) => store.openWait(fence, { ...wait, due: halved(wait.due) }) }),
  },
  {
    name: "nobody looks at an instant that has come",
    plant: (store) => ({
      getNextDueMs: async () => {
        const leftMs = await store.getNextDueMs();
        return leftMs === 0 ? null : leftMs;
      },
    }),
  },
  {
    name: "a wait is opened under a lease that was lost",
    plant: (store) => {
      const { newest, claim } = watchClaims(store);
      return { claim, openWait: (fence, wait) => store.openWait(newest.get(fence.runId) ?? fence, wait) };
    },
  },
];

/** Bugs to plant in the protocol of durable maps; see `planted-bugs.ts`. */
import type { Fence, MapCommit, MapState, Store, WriteOutcome } from "@holdfast/core";
import { type PlantedBug, watchClaims } from "./planted-bugs.js";

const WRITTEN: WriteOutcome = { kind: "written", wish: null };

/** Changes the state of maps in every answer of the store that contains it. */
function retold(store: Store, change: (runId: string, state: MapState) => MapState) {
  return {
    openMap: async (fence: Fence, map: Parameters<Store["openMap"]>[1]) => {
      const opened = await store.openMap(fence, map);
      return opened.kind === "opened" ? { ...opened, state: change(fence.runId, opened.state) } : opened;
    },
    getMap: async (...args: Parameters<Store["getMap"]>) => {
      const state = await store.getMap(...args);
      return state === null ? null : change(args[0], state);
    },
    listMaps: async (runId: Parameters<Store["listMaps"]>[0]) =>
      (await store.listMaps(runId)).map((state) => change(runId, state)),
  };
}

export const PLANTED_MAP_BUGS: readonly PlantedBug[] = [
  {
    name: "the intents of items are written after their calls, with the results",
    plant: (store) => {
      const waiting = new Map<string, MapCommit["intents"]>();
      return {
        commitMap: async (fence, commit) => {
          const intents = [...(waiting.get(fence.runId) ?? []), ...commit.intents];
          const isAlone = commit.results.length + commit.failures.length === 0 && commit.intents.length > 0;
          waiting.set(fence.runId, isAlone ? intents : []);
          return isAlone ? WRITTEN : store.commitMap(fence, { ...commit, intents });
        },
      };
    },
  },
  {
    name: "a map's low-water mark runs ahead of its results",
    plant: (store) => ({
      commitMap: (fence, commit) => store.commitMap(fence, { ...commit, lowWater: commit.lowWater + 1 }),
    }),
  },
  {
    name: "the results of items are not fenced",
    plant: (store) => {
      const { newest, claim } = watchClaims(store);
      return {
        claim,
        commitMap: (fence, commit) => store.commitMap(newest.get(fence.runId) ?? fence, commit),
      };
    },
  },
  {
    name: "a map's counters are written in the transaction after that of its results",
    plant: (store) => {
      const behind = new Map<string, number>();
      return {
        ...retold(store, (runId, state) => ({ ...state, okCount: state.okCount - (behind.get(runId) ?? 0) })),
        commitMap: async (fence, commit) => {
          const before = await store.getMap(fence.runId, commit.stage);
          const outcome = await store.commitMap(fence, commit);
          const after = await store.getMap(fence.runId, commit.stage);
          behind.set(fence.runId, (after?.okCount ?? 0) - (before?.okCount ?? 0));
          return outcome;
        },
      };
    },
  },
];

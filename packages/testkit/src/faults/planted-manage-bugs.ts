/** Bugs to plant in the management of many runs; see `planted-bugs.ts`. */
import type { PlantedBug } from "./planted-bugs.js";

export const PLANTED_MANAGE_BUGS: readonly PlantedBug[] = [
  {
    name: "a cleanup takes a run that was opened again after it was listed",
    plant: (store) => ({
      removeFinished: async ({ runId }) => (await store.deleteRun(runId, { evenIfForked: true })).kind === "moved",
    }),
  },
  {
    name: "a cleanup takes the runs that it is to keep",
    plant: (store) => ({ listFinished: (query) => store.listFinished({ ...query, keepLast: 0 }) }),
  },
  {
    name: "a removal is answered and not made",
    plant: () => ({ removeFinished: async () => true }),
  },
  {
    name: "the events of a deleted run stay",
    plant: (store) => {
      const left = new Map<string, Awaited<ReturnType<typeof store.listEvents>>>();
      return {
        deleteRun: async (runId, terms) => {
          const events = await store.listEvents(runId, { after: 0, limit: 1_000 });
          const outcome = await store.deleteRun(runId, terms);
          if (outcome.kind === "moved") left.set(runId, events);
          return outcome;
        },
        listEvents: async (runId, query) => left.get(runId) ?? store.listEvents(runId, query),
      };
    },
  },
  {
    name: "a reset of the recoveries is answered and forgotten",
    plant: () => ({ resetRecoveries: async () => ({ kind: "reset" }) }),
  },
  {
    name: "a process that executes something is given a run that is to be executed alone",
    plant: (store) => ({
      claim: async (request) => {
        const claims = await store.claim(request);
        if (request.suspects !== "none" || claims.length === request.limit) return claims;
        return [...claims, ...(await store.claim({ ...request, limit: 1, suspects: "only" }))];
      },
    }),
  },
  {
    name: "a look that is only to show is carried out",
    plant: (store) => ({
      // As if reading the facts for a preview also decided about them and wrote the decisions.
      listFinished: async (query) => {
        const page = await store.listFinished(query);
        for (const run of page.rows) await store.removeFinished(run, null);
        return page;
      },
    }),
  },
];

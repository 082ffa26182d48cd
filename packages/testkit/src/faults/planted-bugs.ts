/**
 * Bugs to plant between the simulation and its store. Each is a mistake that engines of this kind have made. They prove
 * that the simulation can fail: a check that finds none of them is worthless.
 *
 * A planted store breaks the contract in one way only. Never use one for anything else.
 */
import type { Beat, BeatAnswer, Claim, Fence, RunningFacts, Store, WriteOutcome } from "@holdfast/core";
import type { StoreMethod } from "./store-faults.js";

type Call = (...args: never[]) => Promise<unknown>;
/** Overridden methods of a planted store; the others are the real store's. */
type Overrides = { readonly [K in StoreMethod]?: (...args: Parameters<Store[K]>) => ReturnType<Store[K]> };

export interface PlantedBug {
  readonly name: string;
  readonly plant: (store: Store) => Overrides;
}

const WRITTEN: WriteOutcome = { kind: "written", wish: null };
const FENCED = [
  "startAttempt",
  "finishAttempt",
  "saveCheckpoint",
  "appendEvents",
  "recordArtifact",
  "report",
] as const satisfies readonly StoreMethod[];

/** Tracks the newest claims of all runs, as the planted store saw them. */
export function watchClaims(store: Store): {
  readonly newest: ReadonlyMap<string, Fence>;
  readonly claim: Store["claim"];
} {
  const newest = new Map<string, Fence>();
  return {
    newest,
    claim: async (request) => {
      const claims = await store.claim(request);
      for (const { run, token, nonce } of claims) newest.set(run.id, { runId: run.id, token, nonce });
      return claims;
    },
  };
}

/** Replaces the fence of these methods by the newest lease, whoever calls: the fence is effectively gone. */
function unfenced(store: Store, methods: readonly (typeof FENCED)[number][]): Overrides {
  const { newest, claim } = watchClaims(store);
  const pass = (method: StoreMethod) => {
    const real = store[method] as unknown as (fence: Fence, ...rest: unknown[]) => Promise<unknown>;
    return (fence: Fence, ...rest: unknown[]) => real.call(store, newest.get(fence.runId) ?? fence, ...rest);
  };
  return { claim, ...Object.fromEntries(methods.map((method) => [method, pass(method)])) } as Overrides;
}

/** Answers the write at once and makes it at the next call of anyone, if there is one. Every third write is lost. */
function acknowledgedEarly(store: Store, method: "finishAttempt" | "saveCheckpoint" | "startAttempt"): Overrides {
  let count = 0;
  return {
    [method]: async (...args: unknown[]) => {
      if (++count % 3 === 0) return WRITTEN;
      return (store[method] as unknown as (...given: unknown[]) => Promise<unknown>).apply(store, args);
    },
  } as Overrides;
}

const dead = (facts: RunningFacts): RunningFacts => ({
  ...facts,
  facts: { ...facts.facts, isLeaseExpired: true },
  lease: { ...facts.lease, isExpired: true },
});

export const PLANTED_BUGS: readonly PlantedBug[] = [
  { name: "no write is fenced", plant: (store) => unfenced(store, FENCED) },
  { name: "the report is not fenced", plant: (store) => unfenced(store, ["report"]) },
  {
    name: "an outcome goes to whoever holds the run",
    plant: (store) => {
      const { newest, claim } = watchClaims(store);
      return {
        claim,
        finishAttempt: async (fence, finish) => {
          const attempts = await store.listAttempts(fence.runId);
          const open = attempts.findLast(({ stage, status }) => stage === finish.stage && status === "running");
          const attempt = open?.attempt ?? finish.attempt;
          return store.finishAttempt(newest.get(fence.runId) ?? fence, { ...finish, attempt });
        },
      };
    },
  },
  { name: "a checkpoint is not fenced", plant: (store) => unfenced(store, ["saveCheckpoint"]) },
  {
    name: "an outcome is acknowledged before its commit",
    plant: (store) => acknowledgedEarly(store, "finishAttempt"),
  },
  {
    name: "a checkpoint is acknowledged before its commit",
    plant: (store) => acknowledgedEarly(store, "saveCheckpoint"),
  },
  {
    name: "an attempt is acknowledged before its commit",
    plant: (store) => acknowledgedEarly(store, "startAttempt"),
  },
  {
    name: "a recovery takes three seconds of silence for death and does not ask again",
    plant: (store) => ({
      listRunning: async (query) =>
        (await store.listRunning(query)).map((facts) => (facts.lease.silentForMs > 3_000 ? dead(facts) : facts)),
      recover: (request, decision) => store.recover({ ...request, isHolderDead: true }, decision),
    }),
  },
  {
    name: "a recovery takes whatever lease is there",
    plant: (store) => ({
      recover: async (request, decision) => {
        const lease = await store.getLease(request.runId);
        return store.recover({ ...request, token: lease?.token ?? request.token, isHolderDead: true }, decision);
      },
    }),
  },
  {
    name: "silence is measured by the wall clock of the reader",
    plant: (store) => {
      let firstSeenMs = 0;
      const looksOld = new Set<string>();
      return {
        // The difference of two wall-clock readings, one of them an hour off, makes every lease look old.
        listRunning: async (query) => {
          const running = await store.listRunning(query);
          return running.map((facts) => {
            firstSeenMs ||= facts.lease.since;
            if (Math.abs(facts.lease.since - firstSeenMs) < 1_800_000) return facts;
            looksOld.add(facts.lease.runId);
            return dead(facts);
          });
        },
        recover: (request, decision) =>
          store.recover({ ...request, isHolderDead: request.isHolderDead || looksOld.has(request.runId) }, decision),
      };
    },
  },
  {
    name: "a beat revives a lease that was lost",
    plant: (store) => ({
      beat: async (beats: readonly Beat[]): Promise<readonly BeatAnswer[]> =>
        (await store.beat(beats)).map((answer) => (answer.kind === "lost" ? { kind: "extended", wish: null } : answer)),
    }),
  },
  {
    name: "a beat is answered and not written",
    plant: () => ({
      beat: async (beats: readonly Beat[]) => beats.map((): BeatAnswer => ({ kind: "extended", wish: null })),
    }),
  },
  {
    name: "a claim gives one run to two workers",
    plant: (store) => {
      let last: readonly Claim[] = [];
      return {
        claim: async (request) => {
          const claims = await store.claim(request);
          const given = claims.length > 0 ? claims : last;
          last = claims;
          return given;
        },
      };
    },
  },
  {
    name: "a resume takes a run from a living worker",
    plant: (store) => ({
      requeue: async (request) => {
        const lease = await store.getLease(request.runId);
        return store.requeue({ ...request, deadHolder: lease === null ? null : { token: lease.token } });
      },
      getLease: async (runId) => {
        const lease = await store.getLease(runId);
        return lease === null ? null : { ...lease, isExpired: true };
      },
    }),
  },
  {
    name: "the history forgets its newest outcome",
    plant: (store) => ({
      loadHistory: async (runId) => {
        const history = await store.loadHistory(runId);
        const newest = history.findLast(({ record }) => record !== null);
        return history.map((entry) => (entry === newest ? { ...entry, record: null } : entry));
      },
    }),
  },
  {
    name: "attempts are numbered anew after a resume",
    plant: (store) => ({
      loadHistory: async (runId) => (await store.loadHistory(runId)).map((entry) => ({ ...entry, lastAttempt: 0 })),
    }),
  },
  {
    name: "an interrupted attempt uses up an allowed one",
    plant: (store) => ({
      loadHistory: async (runId) =>
        (await store.loadHistory(runId)).map((entry) => ({ ...entry, failedCount: entry.lastAttempt * 50 })),
    }),
  },
  {
    name: "a cancel is answered and forgotten",
    plant: (store) => ({
      steer: async (request) => {
        const lease = await store.getLease(request.runId);
        return request.wish !== "pause" && lease !== null ? { kind: "asked", lease } : store.steer(request);
      },
    }),
  },
  {
    name: "a resource is given to two runs",
    plant: (store) => {
      let token = 1_000_000;
      return {
        acquireResources: async (fence, resources) => {
          const outcome = await store.acquireResources(fence, resources);
          return outcome.kind === "held" ? { kind: "acquired", token: ++token } : outcome;
        },
      };
    },
  },
  {
    name: "a resource's token goes back",
    plant: (store) => {
      let token = 1_000_000;
      return {
        acquireResources: async (fence, resources) => {
          const outcome = await store.acquireResources(fence, resources);
          return outcome.kind === "acquired" ? { kind: "acquired", token: --token } : outcome;
        },
      };
    },
  },
  {
    name: "an event's number is used twice",
    plant: (store) => ({
      listEvents: async (runId, query) =>
        (await store.listEvents(runId, query)).map((event) =>
          event.seq % 9 === 0 ? { ...event, seq: event.seq - 1 } : event,
        ),
    }),
  },
  {
    name: "an event is lost and its number with it",
    plant: (store) => ({
      listEvents: async (runId, query) => (await store.listEvents(runId, query)).filter(({ seq }) => seq % 7 !== 0),
    }),
  },
  {
    name: "a recorded output is overwritten by a later attempt",
    plant: (store) => ({
      getStageRecord: async (runId, stage) => {
        const record = await store.getStageRecord(runId, stage);
        const run = await store.getRun(runId);
        return record === null || run === null
          ? record
          : { ...record, output: { kind: "inline", json: `${run.head}` } };
      },
    }),
  },
  {
    name: "the output of a stage is stored empty",
    plant: (store) => ({
      finishAttempt: (fence, finish) =>
        store.finishAttempt(
          fence,
          finish.status === "completed" ? { ...finish, output: { kind: "inline", json: "null" } } : finish,
        ),
    }),
  },
  {
    name: "a resume is answered and forgotten",
    plant: (store) => ({
      requeue: async (request) => {
        const run = await store.getRun(request.runId);
        return run?.status === "paused" ? { kind: "queued", from: "paused" } : store.requeue(request);
      },
    }),
  },
  {
    name: "a pause is reported as a failure",
    plant: (store) => ({
      report: (fence, report) =>
        store.report(
          fence,
          report.status === "paused"
            ? { status: "failed", reason: null, error: { name: "Error", message: "paused" } }
            : report,
        ),
    }),
  },
];

/** Returns `store` with one bug. */
export function plantBug(store: Store, bug: PlantedBug): Store {
  const overrides = bug.plant(store) as Readonly<Record<PropertyKey, Call>>;
  return new Proxy(store, {
    get(target, property) {
      const value = overrides[property] ?? Reflect.get(target, property, target);
      return typeof value === "function" && value !== overrides[property] ? value.bind(target) : value;
    },
  });
}

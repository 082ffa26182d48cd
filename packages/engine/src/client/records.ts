/** What a run recorded, by its id: summaries, maps, items, events and the input as it was given. */
import {
  type Cost,
  parseRunId,
  type RunId,
  type RunPage,
  type RunRecord,
  toCostView,
  toModelCostViews,
  toUsd,
} from "@holdfast/core";
import { stampOf } from "../manage/stamp.js";
import { toItemView } from "../map/results.js";
import { type Engine, requireRun, requireWorkflow } from "../opened/engine.js";
import { loadOutput } from "../run/outputs.js";
import { previewInput } from "../workflow/parse-input.js";
import type { MapRef } from "../workflow/refs.js";
import {
  checkOptions,
  EVENT_LIST,
  EVENT_TEXT,
  FACETS,
  FAILURES,
  ITEM_LIST,
  ITEM_STATES,
  LIST,
} from "./option-names.js";
import type { MapView, RunRecords, RunSummary } from "./record-facade.js";
import { checkFields } from "./search.js";
import { toRunView } from "./view.js";
import type { RunListQuery } from "./view-facade.js";

const RUN_LIMIT = { default: 50, max: 500 } as const;
const ITEM_LIMIT = { default: 100, max: 500 } as const;
/** States are small. */
const STATES_COUNT = 2_000;
const EVENT_LIMIT = { default: 200, max: 1_000 } as const;

const within = (limit: number | undefined, of: { readonly default: number; readonly max: number }) =>
  Math.max(1, Math.min(limit ?? of.default, of.max));

export function makeRecords(opened: Engine): RunRecords {
  const { store, clock } = opened.deps;
  const records: RunRecords = {
    summary: async (runId) => {
      const run = await requireRun(opened, runId);
      const [costs, published] = await Promise.all([store.listCostsOf([run.id]), store.listPublished(run.id)]);
      return { ...toSummary(run, costs), published };
    },
    summaries: async (query = {}) => {
      const { rows, next } = await listRunRecords(opened, query);
      const costs = await store.listCostsOf(rows.map(({ id }) => id));
      return { asOf: clock.nowMs(), rows: rows.map((run) => toSummary(run, costs)), next };
    },
    facets: async ({ resumable, ...query } = {}) => {
      await checkAskedFields(opened, query);
      return store.countFacets({ ...query, isResumable: resumable });
    },
    maps: async (runId) => listMaps(opened, await requireRun(opened, runId)),
    items: async (runId, stage, { cursor, limit: asked, ...filter } = {}) => {
      const { id } = await requireRun(opened, runId);
      const limit = within(asked, ITEM_LIMIT);
      const page = await store.listItems(id, stage, { ...filter, after: cursor, limit });
      return { rows: page.map(toItemView), next: page.length < limit ? null : (page.at(-1)?.key ?? null) };
    },
    itemStates: async (runId, stage, { cursor } = {}) => {
      const { id, status } = await requireRun(opened, runId);
      const page = await store.listItemStates(id, stage, { after: cursor, limit: STATES_COUNT });
      const isFirst = cursor === undefined && status === "running";
      const open = isFirst ? await store.listOpenIntents(id, stage) : [];
      return {
        rows: page.map(({ key, index, outcome, startedAt, finishedAt }) => ({
          key,
          index,
          outcome,
          startedAt,
          finishedAt,
        })),
        inFlight: open.map(({ key, index, attempt, startedAt }) => ({ key, index, attempt, startedAt })),
        next: page.length < STATES_COUNT ? null : (page.at(-1)?.key ?? null),
      };
    },
    failures: (query) => store.countFailures(query),
    causeMarks: (scopes) => store.listCauseMarks(scopes),
    markCause: (fingerprint, scope, state, reason = null) => {
      const action = state === null ? "reopenCause" : state === "resolved" ? "resolveCause" : "ignoreCause";
      return store.markCause({ fingerprint, scope, state, audit: stampOf(opened, action, reason) });
    },
    events: async (runId, { limit, after = 0, ...filter } = {}) =>
      store.listEvents(parseRunId(runId), { ...filter, after, limit: within(limit, EVENT_LIMIT) }),
    eventText: async (runId, { limit, after = 0 } = {}) =>
      store.listEventText(parseRunId(runId), { after, limit: within(limit, EVENT_LIMIT) }),
    givenInput: async (runId) => (await requireRun(opened, runId)).given,
    previewInput: async (runId, input) => {
      const run = await requireRun(opened, runId);
      return previewInput(store, run, requireWorkflow(opened, run.workflow), input);
    },
  };
  return checkOptions("runs.", records, {
    summaries: [0, LIST],
    facets: [0, FACETS],
    failures: [0, FAILURES],
    items: [2, ITEM_LIST],
    itemStates: [2, ITEM_STATES],
    events: [1, EVENT_LIST],
    eventText: [1, EVENT_TEXT],
  });
}

/** A page of runs as they are recorded, for lists with their stages and without. */
export async function listRunRecords(opened: Engine, { resumable, limit, ...query }: RunListQuery): Promise<RunPage> {
  const { store } = opened.deps;
  await checkAskedFields(opened, query);
  return store.listRuns({ ...query, isResumable: resumable, limit: within(limit, RUN_LIMIT) });
}

async function checkAskedFields({ deps, workflows }: Engine, { fields, not }: Pick<RunListQuery, "fields" | "not">) {
  const asked = [...Object.entries(fields ?? {}), ...(not?.fields ?? [])];
  if (asked.length > 0) await checkFields(deps.store, workflows.values(), asked);
}

function toSummary(run: RunRecord, costs: ReadonlyMap<RunId, Cost>): RunSummary {
  const { stages: _, output: __, ...summary } = toRunView(run, []);
  const cost = costs.get(run.id);
  return { ...summary, costUsd: cost === undefined ? null : toCostView(cost).costUsd };
}

/** Own maps in the order in which they were made; what a fork kept comes first, its results stay with the run that made it. */
async function listMaps(opened: Engine, run: RunRecord): Promise<readonly MapView[]> {
  const { store } = opened.deps;
  const own = (await store.listMaps(run.id)).map((state) => ({ stage: state.stage, runId: run.id, state }));
  const kept = run.forkedFrom === null ? [] : await listKept(opened, run, new Set(own.map(({ stage }) => stage)));
  return Promise.all(
    [...kept, ...own].map(async ({ stage, runId, state }) => ({
      stage,
      runId,
      total: state.total,
      ok: state.okCount,
      failed: state.errorCount,
      errors: state.errorCount === 0 ? {} : await store.countErrors(runId, state.stage),
      ...toCostView(state.cost),
      models: toModelCostViews(state.models),
      reservedUsd: toUsd(state.reservedNanos),
      budgetUsd: state.budgetNanos === null ? null : toUsd(state.budgetNanos),
      startedAt: state.startedAt,
      finishedAt: state.finishedAt,
    })),
  );
}

async function listKept({ deps: { store, artifacts } }: Engine, run: RunRecord, own: ReadonlySet<string>) {
  const found = [];
  for (const { name, status } of toRunView(run, await store.listAttempts(run.id)).stages) {
    if (status !== "completed" || own.has(name)) continue;
    const record = await store.getStageRecord(run.id, name);
    const ref = (await loadOutput(record?.output ?? null, run.id, artifacts)) as MapRef | null;
    if (typeof ref !== "object" || ref?.kind !== "map" || ref.runId === run.id || ref.stage !== name) continue;
    const runId = ref.runId as RunId;
    const state = await store.getMap(runId, ref.stage);
    if (state !== null) found.push({ stage: name, runId, state });
  }
  return found;
}

/** `holdfast.runs`: listing, looking and acting on runs by id. */

import { parseRunId, RunAwaitedError, RunForkedError, RunHasChildrenError, RunNotFoundError } from "@holdfast/core";
import { deleteRemovedRows } from "../manage/removed-rows.js";
import { type Engine, findRun, requireRun } from "../opened/engine.js";
import { illegalMove } from "../opened/refusals.js";
import { loadOutput } from "../run/outputs.js";
import { actOptions, changed, termsOf } from "./act.js";
import { forkRun } from "./fork.js";
import { makeHandle } from "./handle.js";
import { makeInspection } from "./inspection.js";
import { ACT, checkOptions, DELETE, FORK, LIST, RESTART, STATS } from "./option-names.js";
import { listRunRecords, makeRecords } from "./records.js";
import { restartRun } from "./restart.js";
import type { Runs } from "./run-facade.js";
import { steer, steerDead } from "./steer.js";
import { toRunView, viewRun } from "./view.js";

export function makeRuns(opened: Engine): Runs {
  const { store, clock, artifacts } = opened.deps;
  const runs: Runs = {
    ...makeInspection(opened),
    ...makeRecords(opened),
    list: async (query = {}) => {
      const page = await listRunRecords(opened, query);
      const attempts = await store.listAttemptsOf(page.rows.map(({ id }) => id));
      const rows = page.rows.map((run) => toRunView(run, attempts.get(run.id) ?? []));
      return { asOf: clock.nowMs(), rows, next: page.next };
    },
    get: (runId) => viewRun(opened, runId),
    find: (idOrPrefix) => findRun(opened, idOrPrefix),
    delete: async (runId, how) => {
      const id = parseRunId(runId);
      const { reason, expect } = actOptions(how);
      const evenIfForked = typeof how === "object" ? how.evenIfForked : undefined;
      const remove = (ifAt: string | undefined) =>
        store.deleteRun(id, { ...termsOf(opened, "delete", { reason, expect: ifAt }), evenIfForked });
      let outcome = await remove(expect);
      const isHeld = outcome.kind === "refused" && outcome.status === "running";
      // It was as the caller saw it until here.
      if (isHeld && (await steerDead(opened, id, "cancel", "to be deleted; its holder was gone"))) {
        outcome = await remove(undefined);
      }
      if (outcome.kind === "changed") throw changed(runId, outcome, expect);
      if (outcome.kind === "notFound") throw new RunNotFoundError({ runId });
      if (outcome.kind === "hasChildren") throw new RunHasChildrenError({ runId, children: outcome.children });
      if (outcome.kind === "awaited") throw new RunAwaitedError({ runId, parent: outcome.parent });
      if (outcome.kind === "forked") throw new RunForkedError({ runId, forks: outcome.forks });
      if (outcome.kind !== "moved") {
        throw illegalMove(runId, outcome.kind === "refused" ? outcome.status : "running", "delete");
      }
      // The record first: files without a record are litter, a record without files is a lie.
      for (const gone of [id, ...(outcome.family ?? [])]) await artifacts.deleteRun(gone);
      opened.deps.hints.notify(id);
      // Whoever deletes a run may want what it holds to be gone, not only out of sight: not left to the next idle worker.
      await deleteRemovedRows(store);
    },
    pause: (runId, how) => steer(opened, parseRunId(runId), "pause", actOptions(how)),
    cancel: (runId, how) => steer(opened, parseRunId(runId), "cancel", actOptions(how)),
    fail: (runId, how) => steer(opened, parseRunId(runId), "fail", actOptions(how)),
    restart: async (runId, options) => {
      await restartRun(opened, parseRunId(runId), options ?? {}, null);
      return makeHandle(opened, parseRunId(runId));
    },
    fork: async (runId, options) => {
      const forked = await forkRun(opened, parseRunId(runId), options);
      return makeHandle(opened, forked);
    },
    artifacts: async (runId, stage) => {
      const run = await requireRun(opened, runId);
      const records = await store.listArtifacts(run.id, stage);
      return records.map((record) => ({ ...record, path: artifacts.address({ runId: run.id, ...record }, record) }));
    },
    openArtifact: async (runId, artifact, range) =>
      artifacts.open({ ...artifact, runId: parseRunId(runId) }, artifact, range),
    linkArtifact: async (runId, artifact, terms) =>
      artifacts.link({ ...artifact, runId: parseRunId(runId) }, artifact, terms),
    output: async (runId, stage) => {
      const run = await requireRun(opened, runId);
      const record = await store.getStageRecord(run.id, stage);
      return loadOutput(record?.output ?? null, run.id, artifacts);
    },
  };
  return checkOptions("runs.", runs, {
    list: [0, LIST],
    delete: [1, DELETE],
    pause: [1, ACT],
    cancel: [1, ACT],
    fail: [1, ACT],
    restart: [1, RESTART],
    fork: [1, FORK],
    stats: [0, STATS],
    resetRecoveries: [1, ACT],
  });
}

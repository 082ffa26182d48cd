/**
 * The contract of every Holdfast store, as a vitest suite: `exerciseStore(factory)` in a test file runs all of it. A
 * store behaves as asserted here; behavior that is not asserted here is not guaranteed.
 */
import { exerciseAttempts } from "./attempts.js";
import { exerciseAudit } from "./audit.js";
import { exerciseCauses } from "./causes.js";
import { exerciseChanges } from "./changes.js";
import { exerciseChildren } from "./children.js";
import { exerciseClaim } from "./claim.js";
import { exerciseCleanup } from "./cleanup.js";
import { exerciseContinuing } from "./continuing.js";
import { exerciseCounts } from "./counts.js";
import { exerciseDatasetEnds } from "./dataset-ends.js";
import { exerciseDatasets } from "./datasets.js";
import { exerciseDedupe } from "./dedupe.js";
import { exerciseEvents } from "./events.js";
import { exerciseExamination } from "./examination.js";
import { exerciseFacets } from "./facets.js";
import type { StoreFactory } from "./factory.js";
import { exerciseFailures } from "./failures.js";
import { exerciseFamilies } from "./families.js";
import { exerciseFence } from "./fence.js";
import { exerciseInputs } from "./inputs.js";
import { exerciseMaps } from "./maps.js";
import { exerciseMoves } from "./moves.js";
import { exerciseNeverStarted } from "./never-started.js";
import { exercisePublished } from "./published.js";
import { exerciseQuestions } from "./questions.js";
import { exerciseRecovery } from "./recovery.js";
import { exerciseResources } from "./resources.js";
import { exerciseRestart } from "./restart.js";
import { exerciseRevisions } from "./revisions.js";
import { exerciseRuns } from "./runs.js";
import { exerciseRunsByCause } from "./runs-by-cause.js";
import { exerciseSchedules } from "./schedules.js";
import { exerciseSearch } from "./search.js";
import { exerciseSignals } from "./signals.js";
import { exerciseStartingLater } from "./starting-later.js";
import { exerciseSteering } from "./steering.js";
import { exerciseSuspects } from "./suspects.js";
import { exerciseWaits } from "./waits.js";
import { exerciseWorkers } from "./workers.js";

export { type ArtifactFactory, exerciseArtifacts, type OpenedArtifacts, sampleBytes } from "./artifacts.js";
export type { OpenedStore, StoreFactory } from "./factory.js";
export {
  exerciseAttempts,
  exerciseAudit,
  exerciseCauses,
  exerciseChanges,
  exerciseChildren,
  exerciseClaim,
  exerciseCleanup,
  exerciseContinuing,
  exerciseCounts,
  exerciseDatasetEnds,
  exerciseDatasets,
  exerciseDedupe,
  exerciseEvents,
  exerciseExamination,
  exerciseFacets,
  exerciseFailures,
  exerciseFamilies,
  exerciseFence,
  exerciseInputs,
  exerciseMaps,
  exerciseMoves,
  exerciseNeverStarted,
  exercisePublished,
  exerciseQuestions,
  exerciseRecovery,
  exerciseResources,
  exerciseRestart,
  exerciseRevisions,
  exerciseRuns,
  exerciseRunsByCause,
  exerciseSchedules,
  exerciseSearch,
  exerciseSignals,
  exerciseStartingLater,
  exerciseSteering,
  exerciseSuspects,
  exerciseWaits,
  exerciseWorkers,
};

export function exerciseStore(factory: StoreFactory): void {
  exerciseRuns(factory);
  exerciseInputs(factory);
  exerciseMoves(factory);
  exerciseClaim(factory);
  exerciseFence(factory);
  exerciseAttempts(factory);
  exerciseDedupe(factory);
  exerciseEvents(factory);
  exerciseExamination(factory);
  exerciseFacets(factory);
  exerciseFailures(factory);
  exerciseCauses(factory);
  exerciseChanges(factory);
  exerciseRecovery(factory);
  exerciseRunsByCause(factory);
  exerciseSchedules(factory);
  exerciseSearch(factory);
  exerciseSuspects(factory);
  exerciseWaits(factory);
  exerciseSignals(factory);
  exerciseQuestions(factory);
  exerciseChildren(factory);
  exerciseFamilies(factory);
  exerciseContinuing(factory);
  exercisePublished(factory);
  exerciseResources(factory);
  exerciseStartingLater(factory);
  exerciseSteering(factory);
  exerciseRestart(factory);
  exerciseMaps(factory);
  exerciseDatasets(factory);
  exerciseDatasetEnds(factory);
  exerciseWorkers(factory);
  exerciseRevisions(factory);
  exerciseNeverStarted(factory);
  exerciseCounts(factory);
  exerciseCleanup(factory);
  exerciseAudit(factory);
}

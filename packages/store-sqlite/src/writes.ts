/**
 * Every operation that may be sent to the writer, by its place in one list: what it costs (a wait for the disk or
 * not) and the SQL function that does it. Both sides of the thread boundary import this list, so a place is enough
 * to name an operation.
 */
import type { RunCreate, Store, StoreMethodName } from "@holdfast/core";
import { backupHere } from "./backup.js";
import { compactHere } from "./compact.js";
import type { SqlContext } from "./context.js";
import { examineHere } from "./examine.js";
import {
  finishAttempt,
  getStageRecord,
  listAttempts,
  listAttemptsOf,
  loadHistory,
  reopenStage,
  startAttempt,
} from "./sql/attempts.js";
import { listAudit, trimAudit } from "./sql/audit.js";
import { listCauseMarks, markCause } from "./sql/cause-marks.js";
import { beat, claim, hasSuspects, noteCode, wakePaused } from "./sql/claim.js";
import { deleteRemovedRows, deleteRun, listFinished, removeFinished } from "./sql/cleanup.js";
import { appendAudit } from "./sql/control.js";
import { countRuns, probe } from "./sql/counts.js";
import { createRuns } from "./sql/create-runs.js";
import { listDatasetUsers, removeDataset } from "./sql/dataset-ends.js";
import { listDatasetUses, noteDatasets } from "./sql/dataset-uses.js";
import {
  appendDataset,
  beginDataset,
  dropDataset,
  findRows,
  finishDataset,
  getDataset,
  listDatasets,
  listLeftOut,
  listRows,
} from "./sql/datasets.js";
import { eraseKeys, findKeyTraces } from "./sql/erase.js";
import { countErased, findErased } from "./sql/erased-keys.js";
import { listEventText } from "./sql/event-text.js";
import { appendEvents, listEvents } from "./sql/events.js";
import { countFacets } from "./sql/facets.js";
import { getDefault, readFacts } from "./sql/facts.js";
import { countFailures } from "./sql/failures.js";
import { findLeftOut, leaveOut, listItemPages } from "./sql/item-pages.js";
import {
  countErrors,
  findAttempts,
  findItems,
  listItemFailures,
  listItemStates,
  listItems,
  listOpenIntents,
} from "./sql/items.js";
import { commitMap, finishMap, getMap, listMaps, listPaid, openMap, savePaid } from "./sql/maps.js";
import { dedupe, requeue, restart, steer } from "./sql/moves.js";
import { placeItems } from "./sql/place-items.js";
import { listPublished, publish } from "./sql/published.js";
import { getCheckpoint, listArtifacts, recordArtifact, saveCheckpoint, setProgress } from "./sql/records.js";
import { getLease, listActivityOf, listNeverStarted, listRunning, recover, resetRecoveries } from "./sql/recovery.js";
import { reportRuns } from "./sql/report.js";
import { acquireResources, releaseResources } from "./sql/resources.js";
import { listCostsOf } from "./sql/run-costs.js";
import { findRunIds, listRuns } from "./sql/run-list.js";
import { getRun, getSecrets } from "./sql/runs.js";
import {
  getNextTickMs,
  getSchedule,
  getScheduleSecrets,
  keepDeclared,
  listDueSchedules,
  listSchedules,
  listTicks,
  saveSchedule,
  tickSchedules,
} from "./sql/schedules.js";
import { declareSearch, listSearchFields } from "./sql/search.js";
import { answerQuestion, listKeptSignals, listOpenQuestions, sendSignal } from "./sql/signals.js";
import { getNextDueMs, listOpen, openWait, wakeWaits } from "./sql/waits.js";
import { listWorkers, removeWorker, reportWorker } from "./sql/workers.js";

/**
 * Strict waits for the disk; soft is safe once committed; a read is sent only where there is no second connection;
 * alone is what cannot be part of a transaction.
 */
type OperationKind = "strict" | "soft" | "read" | "alone";

interface Operation {
  readonly kind: OperationKind;
  /**
   * How it goes with the memory of `hot.ts`: "through" it; "beside" it (it sees and changes the rows themselves, of runs
   * that are not remembered or that it forgets); else the memory is dropped before and after.
   */
  readonly memory?: "through" | "beside";
  // biome-ignore lint/suspicious/noExplicitAny: each operation has its own arguments; `ArgsOf` gives them back.
  readonly run: (ctx: SqlContext, ...args: any) => unknown;
  /** Carries out calls that stand side by side in a group, with the same effect and answers as one after the other. */
  // biome-ignore lint/suspicious/noExplicitAny: as for `run`.
  readonly lot?: (ctx: SqlContext, lot: readonly any[]) => unknown[];
}

const strict = <F extends Operation["run"]>(run: F) => ({ kind: "strict" as const, run });
const hotStrict = <F extends Operation["run"]>(run: F) => ({
  kind: "strict" as const,
  memory: "through" as const,
  run,
});
const hotSoft = <F extends Operation["run"]>(run: F) => ({ kind: "soft" as const, memory: "through" as const, run });
const strictBeside = <F extends Operation["run"]>(run: F) => ({
  kind: "strict" as const,
  memory: "beside" as const,
  run,
});
const strictLot = <A extends readonly unknown[], R>(lot: (ctx: SqlContext, lot: readonly A[]) => R[]) => ({
  kind: "strict" as const,
  memory: "beside" as const,
  run: (ctx: SqlContext, ...args: A) => lot(ctx, [args])[0] as R,
  lot,
});
const soft = <F extends Operation["run"]>(run: F) => ({ kind: "soft" as const, run });
const read = <F extends Operation["run"]>(run: F) => ({ kind: "read" as const, run });
const alone = <F extends Operation["run"]>(run: F) => ({ kind: "alone" as const, run });

/**
 * What has the name of a method of the contract takes that method's own arguments, as they are: a field that is added to one
 * of them arrives here with it.
 */
type OfContract = {
  readonly [N in StoreMethodName]?: { run(ctx: SqlContext, ...args: Parameters<Store[N]>): unknown };
};

/** Blocks the thread that has the connection: the writer's own, or, inline, the caller's. */
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const pause = (ms: number) => void Atomics.wait(sleeper, 0, 0, ms);

export const OPERATIONS = {
  startAttempt: hotSoft(startAttempt),
  finishAttempt: hotStrict(finishAttempt),
  appendEvents: hotSoft(appendEvents),
  setProgress: hotSoft(setProgress),
  openWait: hotStrict(openWait),
  publish: hotSoft(publish),
  saveCheckpoint: hotStrict(saveCheckpoint),
  recordArtifact: hotSoft(recordArtifact),
  reopenStage: hotStrict(reopenStage),
  createRun: strictLot((ctx, lot: readonly (readonly [create: RunCreate])[]) => createRuns(ctx, lot, dedupe)),
  deleteRun: strict(deleteRun),
  claim: strictBeside(claim),
  beat: soft(beat),
  wakePaused: strict(wakePaused),
  wakeWaits: strict(wakeWaits),
  sendSignal: strict(sendSignal),
  answerQuestion: strict(answerQuestion),
  saveSchedule: strict(saveSchedule),
  tickSchedules: strict(tickSchedules),
  keepDeclared: soft(keepDeclared),
  report: strictLot(reportRuns),
  requeue: strict(requeue),
  restart: strict(restart),
  steer: strict(steer),
  recover: strict(recover),
  resetRecoveries: strict(resetRecoveries),
  removeFinished: strict(removeFinished),
  deleteRemovedRows: soft(deleteRemovedRows),
  reportWorker: soft(reportWorker),
  removeWorker: soft(removeWorker),
  appendAudit: soft(appendAudit),
  trimAudit: soft(trimAudit),
  probe: strict(probe),
  acquireResources: strict(acquireResources),
  releaseResources: soft(releaseResources),
  openMap: hotStrict(openMap),
  commitMap: hotStrict(commitMap),
  /** The same for a commit of intents alone: a crash of the machine may forget that a call was about to be made. */
  announceItems: hotSoft(commitMap),
  placeItems: hotStrict(placeItems),
  finishMap: hotStrict(finishMap),
  noteDatasets: hotSoft(noteDatasets),
  noteCode: hotSoft(noteCode),
  leaveOut: hotStrict(leaveOut),
  savePaid: strict(savePaid),
  beginDataset: strict(beginDataset),
  appendDataset: soft(appendDataset),
  finishDataset: strict(finishDataset),
  dropDataset: strict(dropDataset),
  removeDataset: strict(removeDataset),
  eraseKeys: strict(eraseKeys),
  getRun: read(getRun),
  getSecrets: read(getSecrets),
  findRunIds: read(findRunIds),
  listRuns: read(listRuns),
  declareSearch: strict(declareSearch),
  listSearchFields: read(listSearchFields),
  hasSuspects: read(hasSuspects),
  listRunning: read(listRunning),
  getLease: read(getLease),
  listActivityOf: read(listActivityOf),
  listNeverStarted: read(listNeverStarted),
  countRuns: read(countRuns),
  countFailures: read(countFailures),
  markCause: strict(markCause),
  listCauseMarks: read(listCauseMarks),
  countFacets: read(countFacets),
  listCostsOf: read(listCostsOf),
  listFinished: read(listFinished),
  listWorkers: read(listWorkers),
  listAudit: read(listAudit),
  loadHistory: read(loadHistory),
  getStageRecord: read(getStageRecord),
  listAttempts: read(listAttempts),
  listAttemptsOf: read(listAttemptsOf),
  getCheckpoint: read(getCheckpoint),
  listArtifacts: read(listArtifacts),
  listEvents: read(listEvents),
  listEventText: read(listEventText),
  getNextDueMs: read(getNextDueMs),
  listKeptSignals: read(listKeptSignals),
  listOpenQuestions: read(listOpenQuestions),
  listOpenWaits: read(listOpen),
  listPublished: read(listPublished),
  getSchedule: read(getSchedule),
  getScheduleSecrets: read(getScheduleSecrets),
  listSchedules: read(listSchedules),
  listTicks: read(listTicks),
  getNextTickMs: read(getNextTickMs),
  listDueSchedules: read(listDueSchedules),
  getMap: read(getMap),
  listMaps: read(listMaps),
  findItems: read(findItems),
  listItems: read(listItems),
  listItemStates: read(listItemStates),
  countErrors: read(countErrors),
  listOpenIntents: read(listOpenIntents),
  findAttempts: read(findAttempts),
  listItemFailures: read(listItemFailures),
  listPaid: read(listPaid),
  getDataset: read(getDataset),
  listDatasets: read(listDatasets),
  listRows: read(listRows),
  findRows: read(findRows),
  listLeftOut: read(listLeftOut),
  listDatasetUses: read(listDatasetUses),
  listDatasetUsers: read(listDatasetUsers),
  findKeyTraces: read(findKeyTraces),
  findErased: read(findErased),
  countErased: read(countErased),
  listItemPages: read(listItemPages),
  findLeftOut: read(findLeftOut),
  readFacts: read(readFacts),
  getDefault: read(getDefault),
  compact: alone((ctx: SqlContext) => compactHere(ctx, pause)),
  examineHere: alone((ctx: SqlContext, isChecked: boolean) => examineHere(ctx.db, isChecked)),
  backupInto: alone((ctx: SqlContext, file: string) => backupHere(ctx.db, ctx.location, file)),
} satisfies Record<string, Operation> & OfContract;

export type OperationName = keyof typeof OPERATIONS;
export type ArgsOf<N extends OperationName> =
  Parameters<(typeof OPERATIONS)[N]["run"]> extends [SqlContext, ...infer Args] ? Args : never;
export type ResultOf<N extends OperationName> = ReturnType<(typeof OPERATIONS)[N]["run"]>;

/** On this thread, over this connection. */
export function runOperation<N extends OperationName>(ctx: SqlContext, name: N, args: ArgsOf<N>): ResultOf<N> {
  const { run }: Operation = OPERATIONS[name];
  return run(ctx, ...args) as ResultOf<N>;
}

const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly OperationName[];
export const OPERATION_LIST: readonly Operation[] = Object.values(OPERATIONS);
export const CODE_OF = Object.fromEntries(OPERATION_NAMES.map((name, code) => [name, code])) as Record<
  OperationName,
  number
>;

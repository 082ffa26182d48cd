/**
 * Kinds of methods in the Store contract, as a caller sees them: which ones write, which carry a fence, and which may
 * be sent again. The engine's patient store, the simulation's ledger and the crash points take their lists from here.
 *
 * A method that is missing here does not compile. It must be of kind `read` exactly if its name says so, and a write of
 * an execution if its first argument is a fence.
 */
import type { Fence } from "../lease.js";
import type { Store } from "./store.js";

/** Kind of a store method. */
export type StoreMethodKind =
  /** Write of an execution that is refused once its lease is lost, with a `WriteOutcome`. */
  | "fencedWrite"
  /** Write of an execution that is never refused: it releases something, or saves an answer that was paid for. */
  | "executionWrite"
  /** Write that takes effect again when sent again. Resent only if it is certain that nothing was written. */
  | "onceWrite"
  /** Write that its caller repeats regularly anyway. */
  | "repeatedWrite"
  /** Write of a caller that starts, steers, supervises or cleans up. */
  | "managementWrite"
  | "read"
  /** Operation on the store itself. */
  | "ownUse";

/** Names of all methods of the contract. */
export type StoreMethodName = {
  [K in keyof Store]-?: Store[K] extends (...args: never[]) => unknown ? K : never;
}[keyof Store];

type ReadName = `${"get" | "find" | "list" | "count" | "load" | "has"}${Capitalize<string>}`;

/** A method that takes a fence writes for an execution; a method that only reads has a name that says so. */
type KindOf<K extends StoreMethodName> = Parameters<Store[K]>[0] extends Fence
  ? "fencedWrite" | "executionWrite"
  : K extends ReadName
    ? "read"
    : Exclude<StoreMethodKind, "fencedWrite" | "read">;

/** Kind of every method of the contract. */
export const STORE_METHODS = {
  startAttempt: "fencedWrite",
  finishAttempt: "fencedWrite",
  reopenStage: "fencedWrite",
  saveCheckpoint: "fencedWrite",
  recordArtifact: "fencedWrite",
  appendEvents: "fencedWrite",
  setProgress: "fencedWrite",
  openMap: "fencedWrite",
  commitMap: "fencedWrite",
  placeItems: "fencedWrite",
  leaveOut: "fencedWrite",
  noteCode: "fencedWrite",
  noteDatasets: "fencedWrite",
  finishMap: "fencedWrite",
  acquireResources: "fencedWrite",
  openWait: "fencedWrite",
  publish: "fencedWrite",
  report: "fencedWrite",

  releaseResources: "executionWrite",
  savePaid: "executionWrite",

  beginDataset: "onceWrite",
  appendDataset: "onceWrite",
  finishDataset: "onceWrite",

  beat: "repeatedWrite",
  claim: "repeatedWrite",

  answerQuestion: "managementWrite",
  appendAudit: "managementWrite",
  createRun: "managementWrite",
  declareSearch: "managementWrite",
  deleteRemovedRows: "managementWrite",
  deleteRun: "managementWrite",
  markCause: "managementWrite",
  dropDataset: "managementWrite",
  eraseKeys: "managementWrite",
  recover: "managementWrite",
  keepDeclared: "managementWrite",
  removeDataset: "managementWrite",
  removeFinished: "managementWrite",
  removeWorker: "managementWrite",
  reportWorker: "managementWrite",
  requeue: "managementWrite",
  resetRecoveries: "managementWrite",
  restart: "managementWrite",
  sendSignal: "managementWrite",
  saveSchedule: "managementWrite",
  steer: "managementWrite",
  tickSchedules: "managementWrite",
  trimAudit: "managementWrite",
  wakePaused: "managementWrite",
  wakeWaits: "managementWrite",

  countErased: "read",
  countErrors: "read",
  countFacets: "read",
  countFailures: "read",
  countRuns: "read",
  findAttempts: "read",
  findErased: "read",
  findItems: "read",
  findKeyTraces: "read",
  findLeftOut: "read",
  findRows: "read",
  findRunIds: "read",
  getCheckpoint: "read",
  getDataset: "read",
  getDefaults: "read",
  getLease: "read",
  getMap: "read",
  getNextDueMs: "read",
  listOpenWaits: "read",
  listPublished: "read",
  getNextTickMs: "read",
  getRun: "read",
  getRunningFacts: "read",
  getSchedule: "read",
  getScheduleSecrets: "read",
  getSecrets: "read",
  getStageRecord: "read",
  hasSuspects: "read",
  listActivityOf: "read",
  listArtifacts: "read",
  listAttempts: "read",
  listAttemptsOf: "read",
  listAudit: "read",
  listCauseMarks: "read",
  listCostsOf: "read",
  listDatasetUses: "read",
  listDatasetUsers: "read",
  listDatasets: "read",
  listDueSchedules: "read",
  listEvents: "read",
  listEventsNow: "read",
  listEventText: "read",
  listFinished: "read",
  listItemFailures: "read",
  listItemPages: "read",
  listItems: "read",
  listItemStates: "read",
  listKeptSignals: "read",
  listLeftOut: "read",
  listMaps: "read",
  listNeverStarted: "read",
  listOpenIntents: "read",
  listOpenQuestions: "read",
  listPaid: "read",
  listRows: "read",
  listRunning: "read",
  listRuns: "read",
  listSchedules: "read",
  listSearchFields: "read",
  listTicks: "read",
  listWorkers: "read",
  loadHistory: "read",

  examine: "ownUse",
  facts: "ownUse",
  probe: "ownUse",
  backup: "ownUse",
  compact: "ownUse",
  flushNow: "ownUse",
  close: "ownUse",
} as const satisfies { readonly [K in StoreMethodName]: KindOf<K> };

/** Returns the names of all methods of these kinds. */
export function storeMethodsOf<Kind extends StoreMethodKind>(
  ...kinds: readonly Kind[]
): readonly StoreMethodsOf<Kind>[] {
  const wanted: readonly StoreMethodKind[] = kinds;
  return Object.entries(STORE_METHODS)
    .filter(([, kind]) => wanted.includes(kind))
    .map(([name]) => name as StoreMethodsOf<Kind>);
}

/** Names of the methods of these kinds. */
export type StoreMethodsOf<Kind extends StoreMethodKind> = {
  [K in StoreMethodName]: (typeof STORE_METHODS)[K] extends Kind ? K : never;
}[StoreMethodName];

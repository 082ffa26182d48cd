/**
 * What each method of the Store contract is for whoever calls it: which calls write, which of them carry a fence, which may
 * be sent again. The engine's patient store, the simulation's ledger and the crash points take their lists from here.
 *
 * A new method of the contract does not compile until it stands here: under `read` exactly where its name says so, and, where
 * its first argument is a fence, only as a write of an execution.
 */
import type { Fence } from "../lease.js";
import type { Store } from "./store.js";

/** What a method of the store is for. */
export type StoreMethodKind =
  /** A write of an execution that is refused once its lease is lost: it answers a `WriteOutcome`. */
  | "fencedWrite"
  /** A write of an execution that is never refused: it gives back, or keeps what was paid for. */
  | "executionWrite"
  /** A write that, made twice, makes two: sent again only where it is known that nothing was written. */
  | "onceWrite"
  /** A write that its caller makes again and again anyway. */
  | "repeatedWrite"
  /** A write of whoever starts, steers, supervises or cleans up. */
  | "managementWrite"
  | "read"
  /** About the store itself. */
  | "ownUse";

/** Names of all methods of the contract. */
export type StoreMethodName = {
  [K in keyof Store]-?: Store[K] extends (...args: never[]) => unknown ? K : never;
}[keyof Store];

type ReadName = `${"get" | "find" | "list" | "count" | "load" | "has"}${Capitalize<string>}`;

/** A method that takes a fence writes for an execution; one that only reads is named so. */
type KindOf<K extends StoreMethodName> = Parameters<Store[K]>[0] extends Fence
  ? "fencedWrite" | "executionWrite"
  : K extends ReadName
    ? "read"
    : Exclude<StoreMethodKind, "fencedWrite" | "read">;

/** Every method of the contract and its kind. */
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
  report: "fencedWrite",

  releaseResources: "executionWrite",
  savePaid: "executionWrite",

  beginDataset: "onceWrite",
  appendDataset: "onceWrite",
  finishDataset: "onceWrite",

  beat: "repeatedWrite",
  claim: "repeatedWrite",

  appendAudit: "managementWrite",
  createRun: "managementWrite",
  declareSearch: "managementWrite",
  deleteRemovedRows: "managementWrite",
  deleteRun: "managementWrite",
  dropDataset: "managementWrite",
  eraseKeys: "managementWrite",
  recover: "managementWrite",
  removeDataset: "managementWrite",
  removeFinished: "managementWrite",
  removeWorker: "managementWrite",
  reportWorker: "managementWrite",
  requeue: "managementWrite",
  resetRecoveries: "managementWrite",
  restart: "managementWrite",
  steer: "managementWrite",
  trimAudit: "managementWrite",
  wakePaused: "managementWrite",

  countErased: "read",
  countErrors: "read",
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
  getRun: "read",
  getRunningFacts: "read",
  getSecrets: "read",
  getStageRecord: "read",
  hasSuspects: "read",
  listActivityOf: "read",
  listArtifacts: "read",
  listAttempts: "read",
  listAttemptsOf: "read",
  listAudit: "read",
  listDatasetUses: "read",
  listDatasetUsers: "read",
  listDatasets: "read",
  listEvents: "read",
  listEventsNow: "read",
  listEventText: "read",
  listFinished: "read",
  listItemFailures: "read",
  listItemPages: "read",
  listItems: "read",
  listItemStates: "read",
  listLeftOut: "read",
  listMaps: "read",
  listNeverStarted: "read",
  listOpenIntents: "read",
  listPaid: "read",
  listRows: "read",
  listRunning: "read",
  listRuns: "read",
  listSearchFields: "read",
  listWorkers: "read",
  loadHistory: "read",

  facts: "ownUse",
  probe: "ownUse",
  backup: "ownUse",
  compact: "ownUse",
  flushNow: "ownUse",
  close: "ownUse",
} as const satisfies { readonly [K in StoreMethodName]: KindOf<K> };

/** The methods of these kinds. */
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

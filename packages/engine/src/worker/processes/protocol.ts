/**
 * The messages between a worker and its child processes, over the channel that Node opens with a fork, and their check.
 *
 * The parent owns: how many children there are and how many runs each may execute, supervision, the worker's report, HTTP,
 * and the end of a child that does not answer. A child owns: its claims, beats and records, under a holder of its own, so
 * that its death is proven by its process id. Nothing that must survive goes over this channel: it carries hints, orders
 * and news. A message that does not fit is ignored, since user code in a child may send messages of its own.
 */
import { HoldfastError, type RunStatus, STORE_ERRORS } from "@holdfast/core";
import type { EngineLimits } from "../../run/deps.js";
import type { StoreWait } from "../../run/store-waits.js";

/** All that a child needs to become a worker over the same store. */
export interface Begin {
  readonly kind: "begin";
  /** A module that exports `openStore(options)`; see `Store.processModule`. */
  readonly store: { readonly url: string; readonly options: unknown };
  /** See `ArtifactStore.processModule`. */
  readonly artifacts: { readonly url: string; readonly options: unknown } | null;
  /** URL of a module that exports `datasetFiles`; null: no file of a dataset is read. */
  readonly datasetFiles: string | null;
  /** A module whose default export is a list of workflows, or a function of `options` that returns one. */
  readonly workflows: { readonly url: string; readonly options: unknown };
  /** Claim runs of these workflows only; null: of all that the module gives. */
  readonly names: readonly string[] | null;
  /** Runs that it executes at a time. */
  readonly places: number;
  /** See `WorkOptions.aloneAfter`. */
  readonly aloneAfter: 1 | 2;
  /** It takes runs under suspicion and no others, one at a time. */
  readonly isForSuspects: boolean;
  readonly holder: string;
  readonly dataDir: string;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly stopGraceMs: number;
  readonly maxBlockedMs: number;
  readonly pollMs: number;
  readonly limits: EngineLimits;
  readonly stageFiles: boolean;
}

export type ToChild =
  | Begin
  /** Something about these runs changed: look now. */
  | { readonly kind: "hints"; readonly runIds: readonly string[] }
  /** A call may be made; `limit` and `heldUntilMs` are the limiter's of that moment. */
  | { readonly kind: "granted"; readonly turn: number; readonly limit: number; readonly heldUntilMs: number }
  /** Other terms for its next claims. */
  | { readonly kind: "terms"; readonly places: number; readonly aloneAfter: 1 | 2 }
  /** Claim nothing more, finish what is under way, then end. */
  | { readonly kind: "retire" }
  /** The same within the grace; then hand back what is left. */
  | { readonly kind: "drain"; readonly withinMs: number | null }
  /** Abort what is under way, hand it back, end. */
  | { readonly kind: "abort" };

export type FromChild =
  /** It claims from here on. */
  | { readonly kind: "ready" }
  /** It could not become a worker, or cannot go on as one; `store` where that is trouble of its store. */
  | {
      readonly kind: "failed";
      readonly message: string;
      readonly isRetryable: boolean;
      readonly store: StoreTrouble | null;
    }
  | { readonly kind: "taken"; readonly runId: string; readonly workflow: string }
  | {
      readonly kind: "ended";
      readonly runId: string;
      readonly workflow: string;
      readonly status: RunStatus | "lost";
    }
  | { readonly kind: "hints"; readonly runIds: readonly string[] }
  /** Its runs began to wait for a busy or full store, or (null) go on. */
  | { readonly kind: "storeWait"; readonly wait: StoreWait | null }
  /** Its event loop turns. */
  | { readonly kind: "alive" }
  // Limiters that hold over the whole worker: a turn is asked for, released, or given up before it was granted.
  | ({ readonly kind: "acquire"; readonly turn: number; readonly tokens: number } & LimiterName)
  | { readonly kind: "release"; readonly turn: number; readonly outcome: unknown }
  | { readonly kind: "giveUp"; readonly turn: number }
  | ({ readonly kind: "observe"; readonly state: unknown } & LimiterName);

/** A limiter of the worker; `options` is the JSON text that its module's `createLimiter` takes. */
/** An error of the store on its way to the parent. */
export interface StoreTrouble {
  readonly code: keyof typeof STORE_ERRORS;
  readonly details: object;
}

interface LimiterName {
  readonly key: string;
  readonly module: string;
  readonly options: string;
}

/** Null where `error` is none that a store throws. */
export function sendTrouble(error: unknown): StoreTrouble | null {
  if (!(error instanceof HoldfastError) || !Object.hasOwn(STORE_ERRORS, error.code)) return null;
  return { code: error.code as StoreTrouble["code"], details: error.details };
}

export function receiveTrouble({ code, details }: StoreTrouble): HoldfastError {
  const found: new (details: never) => HoldfastError = STORE_ERRORS[code];
  return new found(details as never);
}

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === "string";
const isTextOrNull: Check = (value) => value === null || isText(value);
const isFlag: Check = (value) => typeof value === "boolean";
const isCount: Check = (value) => typeof value === "number" && Number.isFinite(value) && value >= 0;
const isCountOrNull: Check = (value) => value === null || isCount(value);
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isTextsOrNull: Check = (value) => value === null || isTexts(value);
const isObject: Check = (value) => typeof value === "object" && value !== null;
const isModule: Check = (value) => isObject(value) && isText((value as { url?: unknown }).url);
const isModuleOrNull: Check = (value) => value === null || isModule(value);

const isWaitOrNull: Check = (value) => {
  if (value === null) return true;
  const { since, code, message } = Object(value) as { [field in keyof StoreWait]?: unknown };
  return isCount(since) && isText(code) && isText(message);
};

const isTroubleOrNull: Check = (value) => {
  if (value === null) return true;
  const { code, details } = Object(value) as { [field in keyof StoreTrouble]?: unknown };
  return isText(code) && Object.hasOwn(STORE_ERRORS, code as string) && isObject(details);
};

const FROM_CHILD: Readonly<Record<FromChild["kind"], Readonly<Record<string, Check>>>> = {
  ready: {},
  failed: { message: isText, isRetryable: isFlag, store: isTroubleOrNull },
  taken: { runId: isText, workflow: isText },
  ended: { runId: isText, workflow: isText, status: isText },
  hints: { runIds: isTexts },
  storeWait: { wait: isWaitOrNull },
  alive: {},
  acquire: { turn: isCount, tokens: isCount, key: isText, module: isText, options: isText },
  release: { turn: isCount, outcome: isObject },
  giveUp: { turn: isCount },
  observe: { state: isObject, key: isText, module: isText, options: isText },
};

const TO_CHILD: Readonly<Record<ToChild["kind"], Readonly<Record<string, Check>>>> = {
  begin: {
    store: isModule,
    artifacts: isModuleOrNull,
    datasetFiles: isTextOrNull,
    workflows: isModule,
    names: isTextsOrNull,
    places: isCount,
    aloneAfter: isCount,
    isForSuspects: isFlag,
    holder: isText,
    dataDir: isText,
    leaseMs: isCount,
    heartbeatMs: isCount,
    stopGraceMs: isCount,
    maxBlockedMs: isCount,
    pollMs: isCount,
    limits: isObject,
    stageFiles: isFlag,
  },
  hints: { runIds: isTexts },
  granted: { turn: isCount, limit: isCount },
  terms: { places: isCount, aloneAfter: isCount },
  retire: {},
  drain: { withinMs: isCountOrNull },
  abort: {},
};

/** The message when it is one that a child sends; null for anything else. */
export function readFromChild(message: unknown): FromChild | null {
  return read<FromChild>(message, FROM_CHILD);
}

/** The message when it is one that a parent sends; null for anything else. */
export function readToChild(message: unknown): ToChild | null {
  return read<ToChild>(message, TO_CHILD);
}

function read<T>(message: unknown, table: Readonly<Record<string, Readonly<Record<string, Check>>>>): T | null {
  if (typeof message !== "object" || message === null) return null;
  const { kind } = message as { kind?: unknown };
  if (typeof kind !== "string" || !Object.hasOwn(table, kind)) return null;
  const given = message as Record<string, unknown>;
  const fits = Object.entries(table[kind] ?? {}).every(([field, check]) => check(given[field]));
  return fits ? (message as T) : null;
}

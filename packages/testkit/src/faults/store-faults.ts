/**
 * A store whose every call can go wrong. Calls are numbered; for each, `choose` may name a fault: the process dies before
 * the call or after its commit, the answer is lost, the call is refused, or it is late one way or the other.
 *
 * The wrapped store is left as it is: a fault decides only whether a call is made, when, and what its caller hears.
 * Calls of one process start in the order they were made, beats apart: they have a connection of their own.
 */
import { type Store, StoreBusyError, StoreFullError, StoreUnreachableError } from "@holdfast/core";
import type { ClockView } from "../clock/clock-view.js";
import type { VirtualProcess } from "./virtual-process.js";

export type StoreFault =
  /** The process is killed; the call is never made. */
  | { readonly kind: "dieBefore" }
  /** The call is made and takes effect; the process is killed before it hears so. */
  | { readonly kind: "dieAfter" }
  /** The process is killed at once, and what it sent arrives this late, when another may have taken over. */
  | { readonly kind: "dieSending"; readonly ms: number }
  /** The call takes effect, its caller is told that the store could not be reached: an ambiguous commit. */
  | { readonly kind: "loseAnswer"; readonly ms?: number }
  /** Nothing is written, the caller is told that the store is busy: at once, or this late, when later calls are through. */
  | { readonly kind: "refuse"; readonly ms?: number }
  /** Nothing is written, the caller is told that the disk is full. */
  | { readonly kind: "fill"; readonly ms?: number }
  /** The call, and those behind it, reach the store this late. */
  | { readonly kind: "delayRequest"; readonly ms: number }
  /** The call takes effect at once, its answer comes this late. */
  | { readonly kind: "delayAnswer"; readonly ms: number };

export const STORE_FAULT_KINDS = [
  "dieBefore",
  "dieAfter",
  "dieSending",
  "loseAnswer",
  "refuse",
  "fill",
  "delayRequest",
  "delayAnswer",
] as const satisfies readonly StoreFault["kind"][];

export type StoreMethod = {
  [K in keyof Store]-?: Store[K] extends (...args: never[]) => Promise<unknown> ? K : never;
}[keyof Store];

export interface StoreCall {
  /** From 1, over all calls of this process. */
  readonly number: number;
  readonly method: StoreMethod;
  readonly args: readonly unknown[];
}

export interface StoreFaultOptions {
  readonly process: VirtualProcess;
  /** Timers of the network, which go on while the process is stopped. */
  readonly network: Pick<ClockView, "setTimer">;
  readonly choose: (call: StoreCall) => StoreFault | null;
  /** The process was killed by a fault. */
  readonly onDeath?: ((call: StoreCall) => void) | undefined;
  /** A call is made now, against the store itself: answers what to do with its result, in the order of commits. */
  readonly onCommit?: ((call: StoreCall) => (result: unknown) => void) | undefined;
  /** The caller has heard the result. */
  readonly onAnswer?: ((call: StoreCall, result: unknown) => void) | undefined;
}

/** Calls whose order beside others does not matter: heartbeats use a connection of their own. */
const APART: ReadonlySet<string> = new Set(["beat"]);

/**
 * Wrap `store` for one process. `close` closes nothing: the store belongs to all of them.
 *
 * @example
 * const process = new VirtualProcess(clock.view());
 * const store = withFaults(inner, { process, network: clock, choose: (call) => (call.number === 7 ? { kind: "dieAfter" } : null) });
 */
export function withFaults(store: Store, options: StoreFaultOptions): Store {
  let count = 0;
  const methods = new Map<PropertyKey, unknown>();
  const wrap =
    (method: StoreMethod) =>
    (...args: readonly unknown[]) =>
      new Promise((resolve, reject) => {
        const call: StoreCall = { number: ++count, method, args };
        const begin = () => make(store, call, options, { resolve, reject });
        if (APART.has(method) && !options.process.isStopped) begin();
        else options.process.startCall(begin);
      });
  return new Proxy(store, {
    get(target, property) {
      if (property === "close") return async () => {};
      const value = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      let method = methods.get(property);
      if (method === undefined) {
        method = wrap(property as StoreMethod);
        methods.set(property, method);
      }
      return method;
    },
  });
}

interface Settle {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

function make(store: Store, call: StoreCall, options: StoreFaultOptions, settle: Settle): void {
  const { process, network, choose, onDeath, onAnswer } = options;
  if (process.isDead) return;
  const fault = choose(call);
  const die = () => {
    process.kill();
    onDeath?.(call);
  };
  const hear = (result: unknown) =>
    process.deliver(() => {
      onAnswer?.(call, result);
      settle.resolve(result);
    });
  const fail = (error: unknown) => process.deliver(() => settle.reject(error));
  const failLate = (error: unknown, ms = 0) => {
    if (ms === 0) fail(error);
    else network.setTimer(ms, () => fail(error));
  };
  const commit = (then: (result: unknown) => void) => {
    const note = options.onCommit?.(call);
    const method = store[call.method] as (...args: readonly unknown[]) => Promise<unknown>;
    method.apply(store, [...call.args]).then((result) => {
      note?.(result);
      then(result);
    }, fail);
  };
  switch (fault?.kind) {
    case undefined:
      commit(hear);
      break;
    case "dieBefore":
      die();
      break;
    case "dieAfter":
      commit(die);
      break;
    case "dieSending":
      die();
      network.setTimer(fault.ms, () => commit(() => {}));
      break;
    case "loseAnswer": {
      const problem = "the connection broke before the answer";
      const error = new StoreUnreachableError({ location: store.location, problem, isAnswerLost: true });
      commit(() => failLate(error, fault.ms));
      break;
    }
    case "refuse":
      failLate(new StoreBusyError({ location: store.location, waitedMs: 5_000 }), fault.ms);
      break;
    case "fill":
      failLate(new StoreFullError({ location: store.location, problem: "no room to write" }), fault.ms);
      break;
    case "delayRequest": {
      // On its way: it arrives even if the process has died or stopped meanwhile.
      const release = APART.has(call.method) ? () => {} : process.holdCalls();
      network.setTimer(fault.ms, () => {
        commit(hear);
        release();
      });
      break;
    }
    case "delayAnswer":
      commit((result) => void network.setTimer(fault.ms, () => hear(result)));
      break;
  }
}

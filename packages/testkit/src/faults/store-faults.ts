/**
 * A store whose every call can go wrong. Calls are numbered. For each, `choose` may name a fault: the process dies
 * before the call or after its commit, the answer is lost, the call is refused, or request or answer is late.
 *
 * The wrapped store is unchanged: a fault decides only whether and when a call is made, and what its caller hears.
 * Calls of one process start in call order, except heartbeats, which have their own connection.
 */
import { type Store, StoreBusyError, StoreFullError, StoreUnreachableError } from "@holdfast/core";
import type { ClockView } from "../clock/clock-view.js";
import type { VirtualProcess } from "./virtual-process.js";

export type StoreFault =
  /** The process is killed, and the call is never made. */
  | { readonly kind: "dieBefore" }
  /** The call takes effect, and the process is killed before it gets the answer. */
  | { readonly kind: "dieAfter" }
  /** The process is killed at once. What it sent arrives this much later, when another may have taken over. */
  | { readonly kind: "dieSending"; readonly ms: number }
  /** The call takes effect, and its caller is told that the store is unreachable: an ambiguous commit. */
  | { readonly kind: "loseAnswer"; readonly ms?: number }
  /**
   * Nothing is written, and the caller is told that the store is busy: at once or, with `ms`, after later calls are
   * through.
   */
  | { readonly kind: "refuse"; readonly ms?: number }
  /** Nothing is written, and the caller is told that the disk is full. */
  | { readonly kind: "fill"; readonly ms?: number }
  /** The call, and those behind it, reach the store this much later. */
  | { readonly kind: "delayRequest"; readonly ms: number }
  /** The call takes effect at once; its answer comes this much later. */
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
  /** Number of the call, from 1, over all calls of this process. */
  readonly number: number;
  readonly method: StoreMethod;
  readonly args: readonly unknown[];
}

export interface StoreFaultOptions {
  readonly process: VirtualProcess;
  /** Timers of the network, which continue while the process is stopped. */
  readonly network: Pick<ClockView, "setTimer">;
  readonly choose: (call: StoreCall) => StoreFault | null;
  /** Called when a fault killed the process. */
  readonly onDeath?: ((call: StoreCall) => void) | undefined;
  /** Called when a call is made on the store itself. The returned function gets its result, in commit order. */
  readonly onCommit?: ((call: StoreCall) => (result: unknown) => void) | undefined;
  /** Called when the caller has received the result. */
  readonly onAnswer?: ((call: StoreCall, result: unknown) => void) | undefined;
}

/** Calls whose order relative to others does not matter: heartbeats use their own connection. */
const APART: ReadonlySet<string> = new Set(["beat"]);

/**
 * Wraps `store` for one process. `close` does nothing, since the store belongs to all processes.
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

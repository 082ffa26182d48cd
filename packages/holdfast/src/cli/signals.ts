/**
 * Three Ctrl-C: the first drains (finish what is in flight, commit, release the lease), the second aborts at once, the
 * third exits. SIGTERM counts as Ctrl-C, and the kind of the one that aborted decides the exit code. The machine is
 * pure; `listenToSignals` wires it to a process.
 */
import { EXIT } from "@holdfast/core";

export type StopSignalName = "SIGINT" | "SIGTERM";
export type StopPhase = "working" | "draining" | "aborting" | "exiting";

export interface StopState {
  readonly phase: StopPhase;
  /** The signal that aborted; null before. */
  readonly abortedBy: StopSignalName | null;
}

export const NOT_STOPPED: StopState = { phase: "working", abortedBy: null };

const NEXT: Readonly<Record<StopPhase, StopPhase>> = {
  working: "draining",
  draining: "aborting",
  aborting: "exiting",
  exiting: "exiting",
};

export function afterSignal(state: StopState, signal: StopSignalName): StopState {
  const phase = NEXT[state.phase];
  return { phase, abortedBy: phase === "working" || phase === "draining" ? null : (state.abortedBy ?? signal) };
}

export function exitCodeOfSignal(signal: StopSignalName): number {
  return signal === "SIGINT" ? EXIT.interrupted : EXIT.terminated;
}

export interface StopActions {
  readonly drain: () => void;
  readonly abort: () => void;
  /** Ends the process; does not return. */
  readonly exit: (code: number) => void;
  /** Tell the person what is happening. */
  readonly say: (text: string) => void;
  /** How long a drain may take, for the message. */
  readonly graceMs: number;
}

/** What listens: a process, or a test's emitter. */
export interface SignalSource {
  on(signal: StopSignalName, listener: () => void): unknown;
  off(signal: StopSignalName, listener: () => void): unknown;
}

export interface SignalWatch {
  readonly state: () => StopState;
  readonly stop: () => void;
}

export function listenToSignals(source: SignalSource, actions: StopActions): SignalWatch {
  let state = NOT_STOPPED;
  const onSignal = (signal: StopSignalName) => () => {
    state = afterSignal(state, signal);
    switch (state.phase) {
      case "draining":
        actions.say(
          `Finishing work in flight, for at most ${Math.round(actions.graceMs / 1_000)} s. Interrupt again to abort at once.`,
        );
        return actions.drain();
      case "aborting":
        actions.say("Aborting. Interrupt again to exit without waiting.");
        return actions.abort();
      default:
        return actions.exit(exitCodeOfSignal(state.abortedBy ?? signal));
    }
  };
  const listeners = { SIGINT: onSignal("SIGINT"), SIGTERM: onSignal("SIGTERM") } as const;
  for (const [signal, listener] of Object.entries(listeners)) source.on(signal as StopSignalName, listener);
  return {
    state: () => state,
    stop: () => {
      for (const [signal, listener] of Object.entries(listeners)) source.off(signal as StopSignalName, listener);
    },
  };
}

/**
 * A simulated process that can be stopped, continued and killed at any instant: its view of the clock, and a gate that
 * all its calls and their answers pass.
 *
 * Invariants: a dead process starts no call, receives no answer, and none of its timers fire. The same holds for a
 * stopped one until it continues. Then its due timers fire first, waiting answers arrive next, in order, and its calls
 * start last. Calls start in the order they were made.
 */
import type { ClockView } from "../clock/clock-view.js";

export class VirtualProcess {
  private current: "running" | "stopped" | "dead" = "running";
  /** Number of delays, besides a stop, that hold calls back: a request on its way delays those behind it. */
  private delays = 0;
  private waitingCalls: (() => void)[] = [];
  private waitingAnswers: (() => void)[] = [];

  constructor(readonly clock: ClockView) {}

  get isDead(): boolean {
    return this.current === "dead";
  }

  get isStopped(): boolean {
    return this.current === "stopped";
  }

  /** Starts a call now, or once the process is running and the calls before it have started. */
  startCall(start: () => void): void {
    if (this.current === "dead") return;
    if (this.current === "stopped" || this.delays > 0 || this.waitingCalls.length > 0) this.waitingCalls.push(start);
    else start();
  }

  /** Holds back calls that have not started, until the returned function is called. */
  holdCalls(): () => void {
    this.delays++;
    return () => {
      this.delays--;
      this.drain();
    };
  }

  /** Delivers an answer now, or when the process continues; never to a dead process. */
  deliver(answer: () => void): void {
    if (this.current === "running") answer();
    else if (this.current === "stopped") this.waitingAnswers.push(answer);
  }

  /** Acts like SIGSTOP. */
  stop(): void {
    if (this.current !== "running") return;
    this.current = "stopped";
    this.clock.freeze();
  }

  /** Acts like SIGCONT. */
  continue(): void {
    if (this.current !== "stopped") return;
    this.current = "running";
    this.clock.thaw();
    const answers = this.waitingAnswers;
    this.waitingAnswers = [];
    for (const answer of answers) answer();
    this.drain();
  }

  /** Acts like SIGKILL. */
  kill(): void {
    this.current = "dead";
    this.clock.kill();
    this.waitingCalls = [];
    this.waitingAnswers = [];
  }

  private drain(): void {
    while (this.current === "running" && this.delays === 0) {
      const start = this.waitingCalls.shift();
      if (start === undefined) return;
      start();
    }
  }
}

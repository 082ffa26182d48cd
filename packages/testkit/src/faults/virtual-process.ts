/**
 * A process that can be stopped, continued and killed at any instant, without being a process: its view of the clock and
 * a gate that everything it asks of the outside passes, both ways.
 *
 * Invariants: a dead process starts no call, receives no answer, and no timer of it fires. A stopped one neither, until
 * it goes on: then first its timers fire that came due, then waiting answers arrive, in their order, then its calls
 * start. Calls start in the order they were made.
 */
import type { ClockView } from "../clock/clock-view.js";

export class VirtualProcess {
  private current: "running" | "stopped" | "dead" = "running";
  /** Why calls are held back beside a stop: a request that is on its way delays those behind it. */
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

  /** Start a call now, or when the process is running and the calls before it have started. */
  startCall(start: () => void): void {
    if (this.current === "dead") return;
    if (this.current === "stopped" || this.delays > 0 || this.waitingCalls.length > 0) this.waitingCalls.push(start);
    else start();
  }

  /** Hold back calls that were not started yet, until the answer is called. */
  holdCalls(): () => void {
    this.delays++;
    return () => {
      this.delays--;
      this.drain();
    };
  }

  /** Hand an answer over now, or when the process goes on; never to a dead one. */
  deliver(answer: () => void): void {
    if (this.current === "running") answer();
    else if (this.current === "stopped") this.waitingAnswers.push(answer);
  }

  /** As SIGSTOP does. */
  stop(): void {
    if (this.current !== "running") return;
    this.current = "stopped";
    this.clock.freeze();
  }

  /** As SIGCONT does. */
  continue(): void {
    if (this.current !== "stopped") return;
    this.current = "running";
    this.clock.thaw();
    const answers = this.waitingAnswers;
    this.waitingAnswers = [];
    for (const answer of answers) answer();
    this.drain();
  }

  /** As SIGKILL does. */
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

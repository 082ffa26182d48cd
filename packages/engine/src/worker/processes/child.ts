/** One child process as its parent sees it: started, heard, told what to do, and killed when it no longer answers. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Begin, type FromChild, readFromChild, type ToChild } from "./protocol.js";

export interface ChildEvents {
  onMessage(child: Child, message: FromChild): void;
  onExit(child: Child, exit: ChildExit): void;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/**
 * Flags of this process that its user code needs in the child: a loader, the size of the heap. Not a debugger's port, which is
 * taken, nor what says which program to run (`node -e "…"` would start itself again and again).
 */
export function flagsForUserCode(flags: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i] ?? "";
    if (/^(-e|-p|-pe|--eval|--print)$/.test(flag)) i++;
    else if (!/^(--inspect|--eval=|--print=|--input-type|--test|--watch|-i$|--interactive)/.test(flag)) kept.push(flag);
  }
  return kept;
}

const MAIN = fileURLToPath(new URL("../../child-main.js", import.meta.url));

export class Child {
  /** What it executes: run to workflow. */
  readonly executing = new Map<string, string>();
  isReady = false;
  /** Set once it was told to end: it claims nothing more. */
  ending: "retire" | "drain" | "abort" | null = null;
  /** Looks of the parent since it was last heard. */
  silentLooks = 0;
  /** Looks of the parent since it was told to drain or to abort. */
  endingLooks = 0;
  /** Looks of the parent since it last executed something. */
  idleLooks = 0;
  hasExited = false;
  /** Runs that it may execute at a time, as it was last told. */
  places: number;
  private readonly process: ChildProcess;

  constructor(
    /** Which share of the worker's concurrency it has; null for a child made for a run under suspicion. */
    readonly slot: number | null,
    readonly begin: Begin,
    /** The child starts at once and is told to begin when this resolves. */
    mayBegin: Promise<void>,
    events: ChildEvents,
  ) {
    this.places = begin.places;
    this.process = fork(MAIN, [], {
      // Standard input stays with the parent: two readers of one terminal would share its lines by chance.
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      execArgv: flagsForUserCode(process.execArgv),
    });
    this.process.on("message", (sent) => {
      const message = readFromChild(sent);
      if (message === null) return;
      this.silentLooks = 0;
      if (message.kind === "ready") this.isReady = true;
      if (message.kind === "taken") this.executing.set(message.runId, message.workflow);
      if (message.kind === "ended") this.executing.delete(message.runId);
      events.onMessage(this, message);
    });
    const exited = (exit: ChildExit) => {
      if (this.hasExited) return;
      this.hasExited = true;
      events.onExit(this, exit);
    };
    this.process.once("exit", (code, signal) => exited({ code, signal }));
    // It could not be started (no memory, too many processes), or a message could not be sent: then its exit follows.
    this.process.on("error", () => {
      if (this.process.pid === undefined) exited({ code: null, signal: null });
    });
    void mayBegin.then(() => this.send(begin));
  }

  /** Undefined where the system could not start it. */
  get pid(): number | undefined {
    return this.process.pid;
  }

  /** Able to execute, and executing nothing. */
  get isIdle(): boolean {
    return this.isReady && this.ending === null && this.executing.size === 0;
  }

  get isFull(): boolean {
    return this.executing.size >= this.places;
  }

  hint(runIds: readonly string[]): void {
    this.send({ kind: "hints", runIds });
  }

  grant(turn: number, limit: number, heldUntilMs: number): void {
    // JSON knows no infinity: what holds nobody back is in the past.
    this.send({ kind: "granted", turn, limit, heldUntilMs: Number.isFinite(heldUntilMs) ? heldUntilMs : 0 });
  }

  setTerms(places: number, aloneAfter: 1 | 2): void {
    this.places = places;
    this.send({ kind: "terms", places, aloneAfter });
  }

  /** Ends it: a stronger word may follow a weaker one. */
  end(how: "retire" | "drain" | "abort", withinMs: number | null = null): void {
    if (this.ending === how || this.ending === "abort") return;
    this.ending = how;
    this.endingLooks = 0;
    this.send(how === "drain" ? { kind: how, withinMs } : { kind: how });
  }

  kill(): void {
    if (!this.hasExited) this.process.kill("SIGKILL");
  }

  private send(message: ToChild): void {
    // A child that has just died is told by its exit.
    if (!this.hasExited && this.process.connected) this.process.send(message, () => undefined);
  }
}

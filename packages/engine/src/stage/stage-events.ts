/**
 * Events and progress of a running stage: buffered briefly, written in order, flushed before the attempt's outcome.
 * Soft writes: they survive the process, and a log line is never worth a sync of the disk.
 */
import { cutText, type RunEventInput, readError, textOf } from "@holdfast/core";
import type { Execution } from "../run/execution.js";

/** A line is in the store 50 ms after it was logged, the way there and the commit included: the last ones tell why a process died. */
const FLUSH_MS = 20;
const FLUSH_COUNT = 200;
/** A log entry's message and its data are cut here: the line is for people, large values are artifacts. */
const LOG_MESSAGE_CHARS_MAX = 16 * 1024;
const LOG_DATA_CHARS_MAX = 64 * 1024;
/** A label stands in one line of a list. */
const LABEL_CHARS_MAX = 500;

export class StageEvents {
  private buffer: RunEventInput[] = [];
  private label: string | null = null;
  private timer: { cancel(): void } | null = null;
  private flushing: Promise<void> = Promise.resolve();

  constructor(
    private readonly execution: Execution,
    private readonly stage: string,
    private readonly attempt: number,
  ) {}

  push(event: RunEventInput): void {
    const { type, data } = event;
    // What it is and of which stage is not for the mask: a reader finds it by these.
    this.buffer.push({ type, data: { ...this.execution.subject.mask.json(data), stage: this.stage } } as RunEventInput);
    if (this.buffer.length >= FLUSH_COUNT) void this.flush();
    else this.arm();
  }

  log(message: string, data?: unknown): void {
    const { stage, attempt } = this;
    this.push({
      type: "log",
      data: { stage, attempt, message: cutText(readError(message).message, LOG_MESSAGE_CHARS_MAX), ...cut(data) },
    });
  }

  setLabel(label: string): void {
    this.label = cutText(this.execution.subject.mask.text(textOf(label)), LABEL_CHARS_MAX);
    this.arm();
  }

  /** Resolves when everything pushed so far is written. Never rejects: a lost log line must not fail a stage. */
  flush(): Promise<void> {
    this.timer?.cancel();
    this.timer = null;
    this.execution.deps.unwritten.delete(this);
    const events = this.buffer;
    const label = this.label;
    this.buffer = [];
    this.label = null;
    if (events.length === 0 && label === null) return this.flushing;
    const { store, hints } = this.execution.deps;
    const {
      subject: { fence },
    } = this.execution;
    const writes: Promise<unknown>[] = [];
    if (events.length > 0) writes.push(store.appendEvents(fence, events).then((o) => this.execution.writer.accepts(o)));
    if (label !== null) {
      const reached = this.execution.reached.take();
      writes.push(
        store.setProgress(fence, { items: null, label, reached }).then((o) => this.execution.writer.accepts(o)),
      );
    }
    const written = Promise.allSettled(writes).then(() => {
      hints.notifyFollowers(fence.runId);
      this.execution.onLines();
    });
    this.flushing = Promise.all([this.flushing, written]).then(() => {});
    return this.flushing;
  }

  private arm(): void {
    this.execution.deps.unwritten.add(this);
    this.timer ??= this.execution.deps.clock.setTimer(FLUSH_MS, () => {
      this.timer = null;
      void this.flush();
    });
  }
}

function cut(data: unknown): { data?: unknown } {
  if (data === undefined) return {};
  try {
    const json = JSON.stringify(data) ?? "null";
    return { data: json.length > LOG_DATA_CHARS_MAX ? cutText(json, LOG_DATA_CHARS_MAX) : JSON.parse(json) };
  } catch {
    return { data: cutText(textOf(data), LOG_DATA_CHARS_MAX) };
  }
}

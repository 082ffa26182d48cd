/**
 * Values that an execution publishes. The latest of each key is written, a few times a second at most; what is not written yet when the
 * execution ends is written before its report. A value that a crash loses is published again by the next execution.
 */
import {
  encodeJson,
  isPublishedKey,
  PUBLISHED_BYTES_MAX,
  PUBLISHED_KEYS_MAX,
  type Timer,
  WrongUseError,
} from "@holdfast/core";
import type { Execution } from "./execution.js";

/** Between two writes, in milliseconds: as often as a page shows a new value. */
const EVERY_MS = 250;

export class Publisher {
  private readonly pending = new Map<string, string>();
  /** Keys of the run, those of earlier executions included. */
  private keys: Promise<Set<string>> | null = null;
  private timer: Timer | null = null;
  private writtenAtMs = Number.NEGATIVE_INFINITY;
  /** The write under way, or the last one. */
  private writing: Promise<unknown> = Promise.resolve();

  constructor(private readonly execution: Execution) {}

  /** @throws {WrongUseError} WRONG_USE — a key or value out of bounds. @throws {NotJsonError} NOT_JSON */
  async publish(key: unknown, value: unknown): Promise<void> {
    if (!isPublishedKey(key)) {
      const problem = `publish: a key has 1 to 64 letters, digits, ".", "_" or "-", starting with a letter or digit; ${JSON.stringify(key)} was given.`;
      throw new WrongUseError({ problem });
    }
    const json = encodeJson(value, `the published value ${key}`) ?? "null";
    const bytes = Buffer.byteLength(json);
    if (bytes > PUBLISHED_BYTES_MAX) {
      const problem = `publish ${key}: the value has ${bytes} bytes of JSON, at most ${PUBLISHED_BYTES_MAX} are allowed; write an artifact and publish its reference.`;
      throw new WrongUseError({ problem });
    }
    const { deps, subject, stopping } = this.execution;
    this.keys ??= deps.store.listPublished(subject.run.id).then((found) => new Set(found.map((one) => one.key)));
    const keys = await this.keys.catch((error) => {
      // The next call asks again.
      this.keys = null;
      throw error;
    });
    if (!keys.has(key) && keys.size >= PUBLISHED_KEYS_MAX) {
      throw new WrongUseError({ problem: `publish ${key}: a run publishes at most ${PUBLISHED_KEYS_MAX} keys.` });
    }
    keys.add(key);
    if (stopping.isOver) return;
    this.pending.set(key, json);
    this.writeSoon();
  }

  private writeSoon(): void {
    if (this.timer !== null) return;
    const { clock } = this.execution.deps;
    const dueInMs = Math.max(0, this.writtenAtMs + EVERY_MS - clock.monotonicMs());
    this.timer = clock.setTimer(dueInMs, () => {
      this.timer = null;
      if (this.execution.stopping.isOver) return;
      const writing = this.write();
      this.writing = writing.catch(() => {});
      this.execution.writer.follow(writing);
    });
  }

  private async write() {
    const { deps, subject } = this.execution;
    const values = [...this.pending].map(([key, json]) => ({ key, json }));
    this.pending.clear();
    this.writtenAtMs = deps.clock.monotonicMs();
    const written = await deps.store.publish(subject.fence, values);
    deps.hints.notifyFollowers(subject.run.id);
    return written;
  }

  /** Writes what is left, and waits for what is under way. The report says whether the run is still ours. */
  async finish(): Promise<void> {
    this.timer?.cancel();
    this.timer = null;
    await this.writing;
    if (this.pending.size > 0) await this.write().catch(() => {});
  }
}

/**
 * Following a run on standard error while it happens: a live frame on a terminal, a line an event elsewhere. Looking
 * never changes a run, and trouble with looking never stops one.
 */
import { setTimeout as wait } from "node:timers/promises";
import { isFinished, type RunEvent, type RunEventType } from "@holdfast/core";
import type { RunHandle } from "@holdfast/engine";
import type { Console } from "./console.js";
import { LiveDisplay } from "./output/live-display.js";
import { renderEvent } from "./output/log-lines.js";
import { renderFrame } from "./output/progress-frame.js";

/** Four frames a second: as often as a person can read a changing number. */
const FRAME_MS = 250;
/** Committed items at most every ten seconds in a log file: a night's run stays readable. */
const MAP_LINE_MS = 10_000;

/** What plain progress leaves out: too many, or told by another line. */
const QUIET: readonly RunEventType[] = ["run.created", "checkpoint.saved", "artifact.written"];

export interface Follower {
  /** Shown with the progress until it is replaced. */
  readonly say: (text: string) => void;
  /** Settles when the run has ended or paused, or after `stop`. */
  readonly done: Promise<void>;
  /** Show what is left to show, and end. */
  readonly stop: () => Promise<void>;
}

export interface FollowOptions {
  readonly handle: RunHandle;
  readonly console: Console;
  readonly nowMs: () => number;
  /** Events from this number on; those before are known. */
  readonly after?: number | undefined;
}

export function followRun(options: FollowOptions): Follower {
  return options.console.isLive ? followLive(options) : followPlain(options);
}

function followLive({ handle, console, nowMs }: FollowOptions): Follower {
  const display = new LiveDisplay((text) => console.frame(text));
  const stopping = new AbortController();
  let notice: string | undefined;
  const draw = async (): Promise<boolean> => {
    const run = await handle.status();
    display.show(renderFrame(run, { ...console.frameSize, nowMs: nowMs(), colours: console.messageColours, notice }));
    return isFinished(run.status) || run.status === "paused";
  };
  const loop = async () => {
    while (!stopping.signal.aborted) {
      // A busy store delays a frame; the next one shows what this one would have.
      const isOver = await draw().catch(() => false);
      if (isOver) break;
      await wait(FRAME_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    notice = undefined;
    await draw().catch(() => false);
    display.settle();
  };
  const done = loop();
  return {
    done,
    say: (text) => {
      notice = text;
    },
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}

function followPlain({ handle, console, after }: FollowOptions): Follower {
  const stopping = new AbortController();
  let seen = after ?? 0;
  let mapLineAtMs = Number.NEGATIVE_INFINITY;
  const show = (event: RunEvent) => {
    seen = event.seq;
    if (QUIET.includes(event.type)) return;
    if (event.type === "map.committed") {
      const isLast = event.data.total !== null && event.data.done >= event.data.total;
      if (!isLast && event.at - mapLineAtMs < MAP_LINE_MS) return;
      mapLineAtMs = event.at;
    }
    console.message(renderEvent(event, console.messageColours));
  };
  const loop = async () => {
    try {
      for await (const event of handle.events({ after: seen, follow: true, signal: stopping.signal })) show(event);
    } catch (thrown) {
      if (!stopping.signal.aborted) throw thrown;
    }
    // What was written between the last look and the end.
    for await (const event of handle.events({ after: seen })) show(event);
  };
  // Whether looking failed is told in words; the run goes on, and its ending decides the exit code.
  const done = loop().catch((thrown: unknown) => {
    console.message(`progress is no longer shown: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  });
  return {
    done,
    say: (text) => console.message(text),
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}

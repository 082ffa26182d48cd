/**
 * Hints between servers over Redis: plain publish and subscribe, one channel a run. A message says that there may be something
 * to read, never what; who misses it (Redis is away, restarts, drops it) reads a moment later, since the store gives hints too.
 *
 * Loaded only where it is configured. Redis sees run ids and nothing of the runs.
 */
import { randomUUID } from "node:crypto";
import { type Holdfast, systemClock } from "@holdfast/engine";
import { z } from "zod";

/** Settings of `server.redis`. */
export interface RedisSettings {
  /** `redis://` or `rediss://` address. */
  readonly url: string;
  /** What the channel of a run is called, before its id. Default "job:event:". */
  readonly prefix?: string | undefined;
}

export const REDIS_PREFIX = "job:event:";
/** A run that writes without a rest is told of so often. */
const PUBLISH_EVERY_MS = 50;
const RETRY_MAX_MS = 5_000;

const message = z.object({ from: z.string(), head: z.number().int().nonnegative().nullable() });

export interface RedisHints {
  /** Begins and ends to hear of a run. */
  readonly watch: (runId: string) => void;
  readonly unwatch: (runId: string) => void;
  readonly close: () => void;
}

export interface RedisHintOptions {
  /** Another server or worker changed the run. */
  readonly onHint?: ((runId: string, head: number | null) => void) | undefined;
  /** Messages may have been missed: Redis is there again. */
  readonly onBack?: (() => void) | undefined;
  readonly onTrouble: (problem: string) => void;
}

/** Publishes what this process changes, and hears of what others change of the runs that are watched. */
export async function openRedisHints(
  holdfast: Holdfast,
  { url, prefix = REDIS_PREFIX }: RedisSettings,
  { onHint, onBack, onTrouble }: RedisHintOptions,
): Promise<RedisHints> {
  const { Redis } = await import("ioredis");
  const me = randomUUID();
  const options = {
    retryStrategy: (tries: number) => Math.min(tries * 100, RETRY_MAX_MS),
    maxRetriesPerRequest: null,
    enableReadyCheck: false,
  };
  // A hint that waits for Redis to come back is late for nothing: those who wait read the store.
  const publisher = new Redis(url, { ...options, enableOfflineQueue: false });
  const subscriber = new Redis(url, options);
  let isAway = false;
  const away = (error: Error) => {
    // Once for each outage, not for each try.
    if (!isAway)
      onTrouble(`Redis cannot be reached (${error.message}); servers find each other's changes in the store instead`);
    isAway = true;
  };
  publisher.on("error", away);
  subscriber.on("error", away);
  subscriber.on("ready", () => {
    if (isAway) onBack?.();
    isAway = false;
  });
  subscriber.on("message", (channel: string, text: string) => {
    const read = message.safeParse(parse(text));
    if (!channel.startsWith(prefix) || !read.success || read.data.from === me) return;
    onHint?.(channel.slice(prefix.length), read.data.head);
  });

  const waiting = new Set<string>();
  let timer: { cancel(): void } | null = null;
  const publish = () => {
    timer = null;
    const text = JSON.stringify({ from: me, head: null });
    for (const runId of waiting) publisher.publish(`${prefix}${runId}`, text).catch(() => undefined);
    waiting.clear();
  };
  const stop = holdfast.subscribe(["*"], ({ runId }) => {
    // What the store tells without a name was changed by others, who tell it themselves.
    if (runId === null) return;
    waiting.add(runId);
    timer ??= systemClock.setTimer(PUBLISH_EVERY_MS, publish);
  });
  return {
    watch: (runId) => void subscriber.subscribe(`${prefix}${runId}`).catch(() => undefined),
    unwatch: (runId) => void subscriber.unsubscribe(`${prefix}${runId}`).catch(() => undefined),
    close: () => {
      stop();
      timer?.cancel();
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

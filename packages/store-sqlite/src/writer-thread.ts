/**
 * The writer thread: owns the only write connection of the process to one file, takes what is waiting, commits it as
 * one group, answers all, and keeps the log short between groups. It waits on a shared counter instead of an event
 * loop, so that a message wakes it at once and a wait for another process's lock blocks nobody but itself.
 */
import { randomFillSync } from "node:crypto";
import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { openConnection } from "./connection.js";
import { SqlContext } from "./context.js";
import { FileIdentity } from "./file-identity.js";
import { GroupWriter, kindOf, type Op } from "./group-writer.js";
import { migrateInMemory } from "./migrate.js";
import { type ClockShift, systemTime } from "./store-time.js";
import { WireReader } from "./wire.js";

export interface WriterThreadData {
  readonly port: MessagePort;
  /** One int32: raised with each message, waited on by the thread. */
  readonly wakeUp: SharedArrayBuffer;
  readonly file: string;
  readonly bootId: string;
  readonly clockShift: ClockShift | undefined;
  readonly busyTimeoutMs: number;
  readonly durability: "full" | "normal";
  /** `FileIdentity.opened` of the thread that made or checked the file. */
  readonly fileIdentity: string | null;
}

/** What the main thread sends: arguments and codes in turn, in the form of `wire.ts`; null closes. */
export type WriterRequest = readonly unknown[] | null;

/** Group limits: beyond them a commit takes so long that those who wait first wait too long. */
const GROUP_OPS_MAX = 512;
const GROUP_BYTES_MAX = 4 * 1024 * 1024;
/** 4,000 pages (16 MiB): rare enough to write each hot page once for many changes, small enough for readers. */
const CHECKPOINT_PAGES = 4_000;
/** 64 MiB of log: slower to read through, and disk that nobody expects to be used. */
const LOG_PAGES_MAX = 16_000;
/** The log is looked at once in so many commits. */
const CHECKPOINT_LOOK_COMMITS = 16;
/** After a second without work the log is emptied. */
const IDLE_MS = 1_000;

const data = workerData as WriterThreadData;
const wakeUp = new Int32Array(data.wakeUp);
const sleeper = new Int32Array(new SharedArrayBuffer(4));

const NONCE_BYTES = 12;
/** The bytes of many nonces at once: one call of the generator takes some 40 µs on a thread that has slept (W5). */
const chance = Buffer.alloc(100 * NONCE_BYTES);
let chanceUsed = chance.length;

function newNonce(): string {
  if (chanceUsed === chance.length) {
    randomFillSync(chance);
    chanceUsed = 0;
  }
  chanceUsed += NONCE_BYTES;
  return chance.toString("base64url", chanceUsed - NONCE_BYTES, chanceUsed);
}

// Opening would make a new, empty file where the store was moved away meanwhile.
const identity = new FileIdentity(data.file, data.fileIdentity);
identity.check();
const ctx = new SqlContext(
  openConnection(data.file, "writer", "FULL"),
  systemTime(data.clockShift, data.bootId),
  newNonce,
  data.file,
);
if (data.file === ":memory:") migrateInMemory(ctx.db);
const writer = new GroupWriter(ctx, {
  busyTimeoutMs: data.busyTimeoutMs,
  durability: data.durability,
  pause: (ms) => void Atomics.wait(sleeper, 0, 0, ms),
  random: Math.random,
  identity,
});

/** An operation that waits, with about how much text it would write: an estimate that is cheap, not a count of bytes. */
interface Queued extends Op {
  readonly textLength: number;
}

const wire = new WireReader();
const queue: Queued[] = [];
let isClosing = false;

function receive(): void {
  for (
    let message = receiveMessageOnPort(data.port);
    message !== undefined;
    message = receiveMessageOnPort(data.port)
  ) {
    const request = message.message as WriterRequest;
    if (request === null) {
      isClosing = true;
      return;
    }
    for (wire.open(request); !wire.isAtEnd(); ) {
      wire.textLength = 0;
      const args = wire.read() as readonly unknown[];
      const code = wire.read() as number;
      queue.push({ code, args, textLength: wire.textLength });
    }
  }
}

/** The next group: in order, up to the limits, at least one. */
function takeGroup(): Op[] {
  let bytes = 0;
  let count = 0;
  for (const op of queue) {
    if (kindOf(op) === "alone") {
      count = Math.max(count, 1);
      break;
    }
    bytes += op.textLength;
    if (count > 0 && (count >= GROUP_OPS_MAX || bytes > GROUP_BYTES_MAX)) break;
    count += 1;
  }
  return queue.splice(0, count);
}

let lookedAtCommit = 0;
let isLogEmpty = true;

function keepLogShort(): void {
  isLogEmpty = false;
  if (writer.commitCount - lookedAtCommit < CHECKPOINT_LOOK_COMMITS) return;
  lookedAtCommit = writer.commitCount;
  const { all, pending } = writer.logPages();
  // A log that only grows is never quite free of readers: then it is emptied at the first moment without one.
  if (all >= LOG_PAGES_MAX) writer.checkpoint("TRUNCATE");
  else if (pending >= CHECKPOINT_PAGES) writer.checkpoint("PASSIVE");
}

/** Until the store closes. */
function serve(): void {
  for (;;) {
    const seen = Atomics.load(wakeUp, 0);
    receive();
    if (queue.length > 0) {
      const answers = writer.execute(takeGroup());
      data.port.postMessage([answers.results, answers.errors]);
      writer.moveEnded();
      keepLogShort();
    } else if (isClosing) {
      break;
    } else if (Atomics.wait(wakeUp, 0, seen, isLogEmpty ? Number.POSITIVE_INFINITY : IDLE_MS) === "timed-out") {
      writer.moveEnded(true);
      writer.checkpoint("TRUNCATE");
      isLogEmpty = true;
    }
  }

  writer.close();
  data.port.postMessage(null);
  data.port.close();
}

// A task of its own, not part of the module's evaluation: from Node 22 on, the runtime crashes ("Fatal error … Check failed")
// when `process.exit` ends a thread whose module is still being evaluated behind an awaited import, as the driver's is.
setImmediate(serve);

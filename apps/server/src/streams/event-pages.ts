/**
 * Pages of events, read once for all callers. A run with 20,000 events that a hundred pages watch is read once, not a hundred
 * times, and between two reads the server answers other requests.
 */
import type { RunEvent } from "@holdfast/core";
import type { Runs } from "@holdfast/engine";

/** Events of a page; page k holds those numbered from k × 200 + 1. As many as a page of the list has by default. */
export const PAGE_COUNT = 200;
/** What all pages together may take. The oldest go first: what is read again is there again. */
const BYTES_MAX = 32 * 1_048_576;

/** The frames of one page, in one piece. */
export interface EventPage {
  /** The number of the last event that was there when it was read. */
  readonly throughSeq: number;
  readonly bytes: Buffer;
  /** Where the frame of each event begins, by its number. */
  readonly starts: readonly { readonly seq: number; readonly at: number }[];
}

export class EventPages {
  private readonly pages = new Map<string, EventPage>();
  private bytes = 0;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly runs: Pick<Runs, "events">) {}

  /** The page in which the event after `after` stands, as it is once the run has `head` events. */
  find(runId: string, after: number, head: number): Promise<EventPage> {
    const first = Math.floor(after / PAGE_COUNT) * PAGE_COUNT;
    const key = `${runId}:${first}`;
    const throughSeq = Math.min(head, first + PAGE_COUNT);
    return this.inTurn(async () => {
      const page = this.pages.get(key);
      if (page !== undefined && page.throughSeq >= throughSeq) return this.keep(key, page);
      const events = await this.runs.events(runId, { after: first, limit: PAGE_COUNT });
      return this.keep(key, framePage(events, first + PAGE_COUNT, throughSeq));
    });
  }

  /** One page after the other, with a turn of the event loop between: whoever else asks is answered meanwhile. */
  inTurn<T>(read: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(() => new Promise(setImmediate)).then(read);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private keep(key: string, page: EventPage): EventPage {
    this.bytes += page.bytes.length - (this.pages.get(key)?.bytes.length ?? 0);
    this.pages.delete(key);
    this.pages.set(key, page);
    for (const [oldest, { bytes }] of this.pages) {
      if (this.bytes <= BYTES_MAX || oldest === key) break;
      this.pages.delete(oldest);
      this.bytes -= bytes.length;
    }
    return page;
  }
}

/** The frames of the events up to `lastSeq`; more may have been written since `throughSeq` was known. */
function framePage(events: readonly RunEvent[], lastSeq: number, throughSeq: number): EventPage {
  const frames: Buffer[] = [];
  const starts: { seq: number; at: number }[] = [];
  let at = 0;
  for (const event of events) {
    if (event.seq > lastSeq) break;
    const frame = Buffer.from(frameOf(event));
    starts.push({ seq: event.seq, at });
    frames.push(frame);
    at += frame.length;
  }
  return { throughSeq: Math.max(throughSeq, starts.at(-1)?.seq ?? 0), bytes: Buffer.concat(frames), starts };
}

/** What of a page comes after the event of this number. */
export function framesAfter({ bytes, starts }: EventPage, after: number): Buffer {
  const next = starts.find(({ seq }) => seq > after);
  return next === undefined ? bytes.subarray(bytes.length) : bytes.subarray(next.at);
}

export const frameOf = (event: RunEvent): string =>
  `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

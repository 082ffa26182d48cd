/**
 * The newest events of one run, as the text in which they were read and sent: replays to clients that missed a moment come from
 * here. Text is cheap to keep; the few pages that a replay asks for are parsed then.
 */
import type { EventText, RunEvent } from "@holdfast/core";

/** A page as it was read: the events after number `after`. */
interface Page extends EventText {
  readonly after: number;
  readonly lastSeq: number;
  parsed: readonly RunEvent[] | null;
}

/** Text of one run beyond which the oldest pages go, whatever they have. */
const LENGTH_MAX = 1_048_576;

export class RecentEvents {
  private readonly pages: Page[] = [];
  private count = 0;
  private length = 0;

  /** At least so many events are kept, where there were as many and they are not large. */
  constructor(private readonly keepCount: number) {}

  /** The next page; `after` is the number that it was read after. */
  add(after: number, lastSeq: number, text: EventText): void {
    this.pages.push({ ...text, after, lastSeq, parsed: null });
    this.count += text.count;
    this.length += text.json.length;
    for (;;) {
      const [oldest] = this.pages;
      if (oldest === undefined || this.pages.length === 1) return;
      if (this.count - oldest.count < this.keepCount && this.length <= LENGTH_MAX) return;
      this.pages.shift();
      this.count -= oldest.count;
      this.length -= oldest.json.length;
    }
  }

  /** The events after number `after`, `limit` at most; null where they are not kept any more. */
  after(after: number, limit: number): readonly RunEvent[] | null {
    const [oldest] = this.pages;
    if (oldest === undefined || oldest.after > after) return null;
    const found: RunEvent[] = [];
    for (const page of this.pages) {
      if (page.lastSeq <= after) continue;
      page.parsed ??= JSON.parse(page.json) as RunEvent[];
      found.push(...page.parsed.filter(({ seq }) => seq > after));
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }
}

/** A page of events as text, for stores and for pages that were read as objects. */
import type { RunEvent } from "../event.js";
import type { EventText } from "./events.js";

/** A page that is longer is given without the rest. */
const TEXT_LENGTH_MAX = 131_072;

/** Returns events that were read with this limit as one text: as many of them as fit, at least one. */
export function toEventText(events: readonly RunEvent[], limit: number): EventText {
  const texts: string[] = [];
  let length = 0;
  for (const event of events) {
    const text = JSON.stringify(event);
    if (texts.length > 0 && length + text.length > TEXT_LENGTH_MAX) break;
    texts.push(text);
    length += text.length;
  }
  const given = events.slice(0, texts.length);
  return {
    json: `[${texts.join(",")}]`,
    count: given.length,
    lastSeq: given.at(-1)?.seq ?? null,
    isOfRun: given.some(({ type }) => type.startsWith("run.")),
    isLast: given.length === events.length && events.length < limit,
  };
}

/** Facts of one thing under each other, a label before each: what `show` and `health` are made of. */
import type { Colours } from "./colour.js";
import { padEnd } from "./text.js";

/** Width of the labels: the longest, "checkpoint", and a space. */
export const LABEL_WIDTH = 11;

export function factLine(label: string, text: string, colours: Colours): string {
  return `  ${colours.dim(padEnd(label, LABEL_WIDTH))}${text}`;
}

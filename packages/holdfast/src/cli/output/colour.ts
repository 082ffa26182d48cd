/** Colour as data: a set of functions that style text, or leave it alone. */

const sgr = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`;
const same = (text: string) => text;

const STYLES = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  red: sgr(31, 39),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
  cyan: sgr(36, 39),
} as const;

export type Colours = { readonly [S in keyof typeof STYLES]: (text: string) => string };

const PLAIN: Colours = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };

export function coloursFor(isOn: boolean): Colours {
  return isOn ? STYLES : PLAIN;
}

/** Whether a stream gets colour: a terminal does, unless the user said never; a pipe does when they said always. */
export function wantsColour(isTerminal: boolean, wish: "never" | "always" | "auto"): boolean {
  return wish === "always" || (wish === "auto" && isTerminal);
}

/** The colour of a run's or stage's status; one table for tables, timelines and live display. */
export function statusColour(status: string, colours: Colours): (text: string) => string {
  switch (status) {
    case "completed":
      return colours.green;
    case "failed":
      return colours.red;
    case "running":
      return colours.cyan;
    case "waiting":
    case "paused":
    case "interrupted":
      return colours.yellow;
    default:
      return colours.dim;
  }
}

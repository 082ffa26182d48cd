/**
 * Making text safe and fit to print. What users and files contribute passes `oneLine` or `clean`: a terminal obeys
 * control characters, so a run's name must not move its cursor, and bidirectional marks must not reorder a line.
 */

/** C0, DEL and C1 controls, line and paragraph separators, bidirectional overrides and isolates. */
const UNSAFE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Keep line breaks and tabs, drop escape sequences with all they contain, show nothing else that controls. */
export function clean(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(ESCAPE_SEQUENCE, "")
    .replace(UNSAFE, (character) => (character === "\n" || character === "\t" ? character : ""));
}

/** CSI and OSC sequences, 7-bit and 8-bit, and two-character escapes. Built from codes to keep this file printable. */
const ESC = String.fromCharCode(0x1b);
const BEL = String.fromCharCode(0x07);
const CSI = String.fromCharCode(0x9b);
const ESCAPE_SEQUENCE = new RegExp(
  `(?:${ESC}\\[|${CSI})[0-?]*[ -/]*[@-~]|${ESC}\\][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\)?|${ESC}[@-Z\\\\-_]`,
  "g",
);

/** For a cell, a label, a message within a line. */
export function oneLine(text: string): string {
  return clean(text).replace(/\s+/g, " ").trim();
}

/** Cut to `width` columns, the last one an ellipsis. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let used = 0;
  let cut = "";
  for (const character of text) {
    const columns = displayWidth(character);
    if (used + columns > width - 1) break;
    cut += character;
    used += columns;
  }
  return `${cut}…`;
}

/** East Asian wide and emoji take two columns, combining marks none. Near enough for a table. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u;
const NO_WIDTH = /\p{Mn}|\p{Me}|[\u200b-\u200d]|\ufe0f/u;

/** Columns on a terminal; colour sequences count nothing. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(ESCAPE_SEQUENCE, "")) {
    width += NO_WIDTH.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  }
  return width;
}

export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - displayWidth(text))) + text;
}

export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** JSON in one line, shortened: for a glance at an input or output. */
export function glance(value: unknown, width: number): string {
  return truncate(oneLine(JSON.stringify(value) ?? "nothing"), width);
}

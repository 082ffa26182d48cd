/** A value on one line: text as text, all else as JSON, a dash for what is not there. */
import { exactText } from "../api/exact-json.js";

const LENGTH_MAX = 60;

export function valueText(value: unknown, max = LENGTH_MAX): string {
  const text = value === undefined ? "–" : typeof value === "string" ? value : jsonText(value);
  const line = text.replace(/\s+/g, " ");
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}

export const jsonText = (value: unknown, indent?: number): string => exactText(value, indent) ?? "–";

/**
 * Labels of the user's own, for stages and items: text in one line, masked as log lines are, cut to a length, never acted upon.
 */

import type { Execution } from "../run/execution.js";
import type { ItemLabel } from "../workflow/context.js";

/** Characters, not code units. It stands beside a name in a line of a list. */
export const LABEL_CHARS_MAX = 200;

/** Null where there is nothing to read. */
export function labelOf({ subject: { mask } }: Pick<Execution, "subject">, given: unknown): string | null {
  if (typeof given !== "string") return null;
  // Line ends and control characters would break the line that it stands in, or steer a terminal.
  const line = mask.text(
    given
      .toWellFormed()
      .replaceAll(/[\p{Cc}\s]+/gu, " ")
      .trim(),
  );
  const characters = [...line.slice(0, 2 * LABEL_CHARS_MAX + 1)];
  if (characters.length > LABEL_CHARS_MAX) return `${characters.slice(0, LABEL_CHARS_MAX - 1).join("")}…`;
  return line === "" ? null : line;
}

/** A label is for reading: what makes it may fail without costing the item anything. */
export function itemLabelOf(
  execution: Pick<Execution, "subject">,
  make: ItemLabel<unknown> | undefined,
  item: unknown,
): string | null {
  if (make === undefined) return null;
  try {
    return labelOf(execution, make(item));
  } catch {
    return null;
  }
}

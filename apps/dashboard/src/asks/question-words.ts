/** The words about a question: to whom it is asked, until when, and why the caller may not answer. Pure. */
import type { Question } from "../api/types.js";
import { until } from "../words/times.js";

/** "role:operator" is operators, "user:ann" is ann. */
export function toWhom(to: Question["to"]): string {
  if (to.length === 0) return "whoever may act on the run";
  return to.map((one) => one.replace(/^user:/, "").replace(/^role:(.*)$/, "$1s")).join(", ");
}

export const untilWhen = ({ dueAt }: Pick<Question, "dueAt">, nowMs: number): string =>
  dueAt === null ? "no end" : `until ${until(dueAt, nowMs)}`;

export const refusalOf = ({ to, mayAnswer }: Pick<Question, "to" | "mayAnswer">): string | null =>
  mayAnswer ? null : `You may not answer this question. It is asked of ${toWhom(to)}; admins may answer it too.`;

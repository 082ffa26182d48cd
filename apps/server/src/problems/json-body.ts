/** Parses the JSON of a request. JSON that a parser accepts but the engine must not (`json-text.ts` in core) is refused, with its place. */
import { BadInputError, findJsonTextProblem } from "@holdfast/core";

/**
 * @param text JSON that a parser has read already.
 * @throws {BadInputError} BAD_INPUT — naming the place.
 */
export function checkJson(text: string): void {
  const problem = findJsonTextProblem(text);
  if (problem === null) return;
  const place = problem.path.map((part) => String(part).slice(0, 200)).join(".");
  throw new BadInputError({ subject: "the body", issues: [{ path: place, message: problem.message }] });
}

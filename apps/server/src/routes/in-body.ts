/** Places of what is wrong, as a caller over HTTP sees them. */
import { BadInputError } from "@holdfast/core";

/** Throws again: places in the value of a field are places in the body, below that field. */
export function inBody(field: string, error: unknown): never {
  if (!(error instanceof BadInputError)) throw error;
  const { subject, issues } = error.details;
  const under = issues.map(({ path, message }) => ({ path: path === "" ? field : `${field}.${path}`, message }));
  throw new BadInputError({ subject, issues: under }, { cause: error });
}

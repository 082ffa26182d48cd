/** Check for misspelled options. An option that is silently ignored would make a call do something other than intended. */
import { WrongUseError } from "./errors/input.js";
import { nearest } from "./nearest.js";

/** Names of the options of `T`. The type requires all of them, so that the check knows every option. */
export type OptionNames<T> = Readonly<Record<T extends unknown ? keyof T : never, true>>;

/**
 * Refuses unknown options and suggests the nearest known ones. Omitted and undefined options are valid.
 * @throws {WrongUseError} WRONG_USE, naming every unknown option, or if no object was given.
 */
export function refuseUnknownOptions(what: string, given: unknown, known: Readonly<Record<string, true>>): void {
  if (given === undefined) return;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    const found = Array.isArray(given) ? "a list" : given === null ? "null" : (JSON.stringify(given) ?? typeof given);
    throw new WrongUseError({ problem: `${what}: an object with its options is expected, ${found} was given.` });
  }
  const problems = Object.entries(given)
    .filter(([name, value]) => value !== undefined && !Object.hasOwn(known, name))
    .map(([name]) => {
      const near = nearest(name, Object.keys(known));
      return `${name}: there is no such option${near === null ? "" : `; did you mean ${near}?`}`;
    });
  if (problems.length > 0) throw new WrongUseError({ problem: `${what}, ${problems.join("; ")}.` });
}

// From the text of a profile file to a checked profile and the lines of its criteria, or to every problem in it with its
// line. Pure: reading the file is the caller's.
import { readWrittenYaml, type WrittenProblem } from "@holdfast/workload-kit";
import { checkProfile } from "./check.js";
import type { Profile } from "./schema.js";

export type ParsedProfile =
  | {
      readonly ok: true;
      readonly profile: Profile;
      /** Where each criterion names its columns, for what is found out later: one that the prospects do not have. */
      readonly lines: Readonly<Record<string, number>>;
    }
  | { readonly ok: false; readonly problems: readonly WrittenProblem[] };

/** Settings of a criterion that hold words, which numbers among them are too. */
const WORDS = ["anyOf", "noneOf", "keywords", "field", "fields", "statement"];

export function parseProfile(text: string): ParsedProfile {
  const written = readWrittenYaml(text, {
    name: "the profile",
    beginning: "start with `name:` and `criteria:`, each criterion indented below.",
  });
  if (!written.ok) return written;
  const { given, lineOf, readAs, changed } = written;
  // Codes among words: `anyOf: [01.10, 007]` would look for 1.1 and 7.
  const misread = changed
    .filter((path) => path[0] === "name" || (path[0] === "criteria" && WORDS.includes(String(path[2]))))
    .map((path) => ({
      line: lineOf(path),
      path: path.map(String).join("."),
      message: `${readAs(path)}, where a text is expected.`,
      cure: "put it in quotes.",
    }));
  if (misread.length > 0) return { ok: false, problems: misread };
  const checked = checkProfile(given);
  if (!checked.ok) {
    const problems = checked.findings.map(({ path, message, cure }) => ({
      line: lineOf(path),
      path: path.map(String).join("."),
      message,
      cure,
    }));
    return { ok: false, problems: problems.sort((a, b) => a.line - b.line) };
  }
  const { profile } = checked;
  const lines = Object.fromEntries(
    profile.criteria.map((criterion) => [
      criterion.id,
      lineOf(["criteria", criterion.id, "fields" in criterion ? "fields" : "field"]),
    ]),
  );
  return { ok: true, profile, lines };
}

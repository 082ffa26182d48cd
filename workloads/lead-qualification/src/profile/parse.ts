// Parses the text of a profile file into a checked profile with the lines of its criteria, or every problem with its
// line. Pure: the caller reads the file.
import { readWrittenYaml, type WrittenProblem } from "@holdfast/workload-kit";
import { checkProfile } from "./check.js";
import type { Profile } from "./schema.js";

export type ParsedProfile =
  | {
      readonly ok: true;
      readonly profile: Profile;
      /** Line at which each criterion names its columns, for an error found later: a column that the prospects lack. */
      readonly lines: Readonly<Record<string, number>>;
    }
  | { readonly ok: false; readonly problems: readonly WrittenProblem[] };

/** Settings of a criterion that contain words, even those that look like numbers. */
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

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

export function parseProfile(text: string): ParsedProfile {
  const written = readWrittenYaml(text, {
    name: "the profile",
    beginning: "start with `name:` and `criteria:`, each criterion indented below.",
  });
  if (!written.ok) return written;
  const { given, lineOf } = written;
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

// Checks a profile given as data (from a YAML file or an input): returns the checked profile, or everything wrong with
// it.
import { nearestKey, showValue, valueAt } from "@holdfast/workload-kit";
import type { z } from "zod";
import { checkCriterion, checkTiers, checkWeights, type Finding } from "./cross-checks.js";
import { cureFor, KNOWN_MISTAKES } from "./cures.js";
import { CRITERIA, type Criterion, ID_PATTERN, KINDS, type Kind, PARTS, PROFILE_KEYS, type Profile } from "./schema.js";

/** More would make neither a better profile nor a readable table. */
const CRITERIA_MAX = 50;

export type CheckedProfile =
  | { readonly ok: true; readonly profile: Profile }
  | { readonly ok: false; readonly findings: readonly Finding[] };

type Given = Readonly<Record<string, unknown>>;

export function checkProfile(given: Given): CheckedProfile {
  const findings: Finding[] = [];
  const report = (path: readonly PropertyKey[], message: string, cure = cureFor(path)) =>
    findings.push({ path, message, cure });

  for (const key of Object.keys(given)) {
    if (!(PROFILE_KEYS as readonly string[]).includes(key))
      report([key], "unknown setting.", unknownCure(key, PROFILE_KEYS));
  }
  const parts: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(PARTS)) {
    const result = (schema as z.ZodType).safeParse(given[name] ?? undefined);
    if (result.success) parts[name] = result.data;
    else for (const issue of result.error.issues) reportIssue(report, given, [name, ...issue.path]);
  }
  const criteria = readCriteria(given, report);
  const tiers = Object.entries((parts.tiers ?? {}) as Record<string, number>)
    .map(([name, from]) => ({ name, from }))
    .sort((a, b) => b.from - a.from);
  findings.push(...checkTiers(tiers));
  if (findings.length === 0) findings.push(...checkWeights(criteria));
  if (findings.length > 0) return { ok: false, findings };
  return { ok: true, profile: { ...(parts as Pick<Profile, "name" | "notes" | "unknown">), tiers, criteria } };
}

type Report = (path: readonly PropertyKey[], message: string, cure?: string) => unknown;

function readCriteria(given: Given, report: Report): readonly Criterion[] {
  const written = given.criteria ?? undefined;
  if (written === undefined) {
    report(["criteria"], "it is missing.");
    return [];
  }
  if (!isMapping(written)) {
    report(["criteria"], `${showValue(written)} is not allowed here.`);
    return [];
  }
  const entries = Object.entries(written);
  if (entries.length === 0) report(["criteria"], "there are none.");
  if (entries.length > CRITERIA_MAX)
    report(["criteria"], `there are ${entries.length}, more than ${CRITERIA_MAX}.`, "keep the telling ones.");
  return entries.flatMap(([id, settings]) => readCriterion(given, id, settings, report));
}

function readCriterion(given: Given, id: string, settings: unknown, report: Report): Criterion[] {
  const path = ["criteria", id];
  const isNamed = ID_PATTERN.test(id);
  if (!isNamed) report(path, `"${id}" is no name of a criterion.`);
  if (!isMapping(settings)) {
    report(path, settings === null ? "it has no settings." : `${showValue(settings)} is not allowed here.`);
    return [];
  }
  const kind = settings.kind as Kind;
  if (!KINDS.includes(kind)) {
    const misspelt =
      settings.kind === undefined
        ? Object.keys(settings).find((key) => KNOWN_MISTAKES[key] === "write `kind`.")
        : undefined;
    if (misspelt !== undefined) report([...path, misspelt], "unknown setting.", "write `kind`.");
    else
      report(
        [...path, "kind"],
        settings.kind === undefined ? "it is missing." : `${showValue(settings.kind)} is not allowed here.`,
      );
    return [];
  }
  const known = Object.keys(CRITERIA[kind].shape);
  const isKnown = (key: string) => known.includes(key);
  for (const key of Object.keys(settings)) {
    if (!isKnown(key)) report([...path, key], "unknown setting.", unknownCure(key, known));
  }
  // Unknown settings are removed, so that the rest is checked too.
  const kept = Object.fromEntries(Object.entries(settings).filter(([key]) => isKnown(key)));
  const result = CRITERIA[kind].safeParse(kept);
  if (!result.success) {
    for (const issue of result.error.issues) reportIssue(report, given, [...path, ...issue.path]);
    return [];
  }
  const criterion = { id, ...result.data } as Criterion;
  for (const { path: place, message, cure } of checkCriterion(criterion)) report(place, message, cure);
  return isNamed ? [criterion] : [];
}

/** The schema's own messages are not used: the value found and the remedy for the setting are clearer. */
function reportIssue(report: Report, given: Given, path: readonly PropertyKey[]): void {
  const found = valueAt(given, path);
  if (found === undefined) report(path, "it is missing.");
  else report(path, `${showValue(found)} is not allowed here.`);
}

function unknownCure(key: string, known: readonly string[]): string {
  const mistake = KNOWN_MISTAKES[key];
  if (mistake !== undefined) return mistake;
  const near = nearestKey(key, known);
  return near === undefined ? `remove it; known here: ${known.join(", ")}.` : `write \`${near}\`, or remove it.`;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

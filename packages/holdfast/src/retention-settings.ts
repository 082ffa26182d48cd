/** Retention settings from the environment: each variable overrides its field of the configuration. */
import { ConfigInvalidError, findRetentionProblem, type RetentionPolicy } from "@holdfast/core";

export type RetentionSettings = { readonly [K in keyof RetentionPolicy]?: RetentionPolicy[K] | undefined };

/** `statuses` is a list, separated by commas. */
export const RETENTION_VARIABLES = {
  days: "HOLDFAST_RETENTION_DAYS",
  statuses: "HOLDFAST_RETENTION_STATUSES",
  keepLast: "HOLDFAST_RETENTION_KEEP_LAST",
  auditDays: "HOLDFAST_RETENTION_AUDIT_DAYS",
} as const satisfies Record<keyof RetentionPolicy, string>;

/** @throws {ConfigInvalidError} CONFIG_INVALID — with the name of the variable. */
export function readRetentionVariables(variables: Readonly<Record<string, string | undefined>>): RetentionSettings {
  const settings: Record<string, unknown> = {};
  for (const [field, variable] of Object.entries(RETENTION_VARIABLES)) {
    const text = variables[variable]?.trim() ?? "";
    // An empty variable counts as not set.
    if (text === "") continue;
    const value = field === "statuses" ? text.split(",").map((one) => one.trim()) : Number(text);
    // Every other field requires `days`; all settings are checked for it together.
    const problem = findRetentionProblem({ days: 1, [field]: value });
    if (problem !== null) throw new ConfigInvalidError({ subject: variable, problem: wordProblem(problem, text) });
    settings[field] = value;
  }
  return settings as RetentionSettings;
}

const wordProblem = (problem: string, text: string) =>
  `${problem.replace(/^retention\.\w+: /, "")}, "${text}" was given`;

/**
 * Merges the environment over the file; undefined if neither sets a policy.
 * @throws {ConfigInvalidError} CONFIG_INVALID — if the environment sets another field but `days` is not set anywhere.
 */
export function mergeRetention(
  file: RetentionPolicy | false | undefined,
  environment: RetentionSettings,
): RetentionPolicy | false | undefined {
  const fields = Object.keys(environment) as (keyof RetentionPolicy)[];
  if (fields.length === 0) return file;
  const merged = { ...(file === false ? undefined : file), ...environment };
  if (merged.days === undefined) {
    const problem = `retention has no days: set ${RETENTION_VARIABLES.days} too, or retention.days in the configuration`;
    throw new ConfigInvalidError({ subject: fields.map((field) => RETENTION_VARIABLES[field]).join(", "), problem });
  }
  return { ...merged, days: merged.days };
}

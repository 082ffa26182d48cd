/**
 * `defaults.recovery`: recovery settings of this process for runs whose workflow does not set them. Flags of `worker` and
 * `serve` override the environment, which overrides the configuration, field by field.
 */
import {
  ConfigInvalidError,
  DEFAULTED_FIELDS,
  type DefaultedField,
  findDefaultsProblem,
  type RecoveryDefaults,
} from "@holdfast/core";
import { describe } from "./workflow-loading.js";

/** Configured defaults for settings that workflows leave out. */
export interface Defaults {
  /** Recovery settings that workflows leave out. */
  readonly recovery?: RecoveryDefaults | undefined;
}

/** Turns an idle timeout off in a variable or a flag. */
const NEVER = "never";

/** Problem with the `defaults` of a configuration; null if there is none. */
export function findConfigDefaultsProblem(defaults: unknown): string | null {
  if (defaults === undefined) return null;
  if (typeof defaults !== "object" || defaults === null || Array.isArray(defaults)) {
    return `defaults: an object is expected, ${describe(defaults)} was given`;
  }
  const unknown = Object.keys(defaults).find((key) => key !== "recovery");
  if (unknown !== undefined) return `defaults: there is no setting "${unknown}"; recovery may be set`;
  const { recovery } = defaults as { readonly recovery?: unknown };
  const problem = recovery === undefined ? null : findDefaultsProblem(recovery);
  return problem === null ? null : `defaults.recovery: ${problem}`;
}

/** `idleTimeoutMs` → `HOLDFAST_IDLE_TIMEOUT_MS`. */
export function recoveryVariable(field: DefaultedField): string {
  return `HOLDFAST_${field.replace(/([A-Z])/g, "_$1").toUpperCase()}`;
}

/** `idleTimeoutMs` → `idle-timeout-ms`. */
export function recoveryFlag(field: DefaultedField): string {
  return field.replace(/([A-Z])/g, "-$1").toLowerCase();
}

/**
 * Checks fields that are given as text. `nameOf` names a field in messages.
 * @throws {ConfigInvalidError} CONFIG_INVALID — with the name of the variable or flag.
 */
export function readRecoveryDefaults(
  textOf: (field: DefaultedField) => string | undefined,
  nameOf: (field: DefaultedField) => string,
): RecoveryDefaults {
  const defaults: Record<string, unknown> = {};
  for (const field of DEFAULTED_FIELDS) {
    const text = textOf(field)?.trim() ?? "";
    // An empty variable counts as not set.
    if (text === "") continue;
    const value = valueIn(field, text);
    const problem = findDefaultsProblem({ [field]: value });
    if (problem !== null) {
      const never = field === "idleTimeoutMs" ? ` "${NEVER}" turns it off.` : "";
      throw new ConfigInvalidError({
        subject: nameOf(field),
        problem: `${wordProblem(problem, field, text)}.${never}`,
      });
    }
    defaults[field] = value;
  }
  return defaults;
}

function valueIn(field: DefaultedField, text: string): unknown {
  if (field === "onStall") return text;
  if (field === "idleTimeoutMs" && text === NEVER) return null;
  // JavaScript accepts "1e3", "0x10" and "1.5" as numbers; here they are most likely typing errors.
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

const wordProblem = (problem: string, field: string, text: string) =>
  problem
    .replace(`${field}: `, "")
    .replace(/, or null for never,/, "")
    .replace(/(, )?"?[^ ]*"? was given$/, `, "${text}" was given`);

/** Later layers take precedence, field by field. */
export function mergeRecoveryDefaults(...layers: readonly (RecoveryDefaults | undefined)[]): RecoveryDefaults {
  return Object.assign({}, ...layers);
}

/**
 * `defaults.recovery`: by what this process judges runs whose workflow says nothing. Flags of `worker` and `serve` over the
 * environment over the configuration, field by field.
 */
import {
  ConfigInvalidError,
  DEFAULTED_FIELDS,
  type DefaultedField,
  findDefaultsProblem,
  type RecoveryDefaults,
} from "@holdfast/core";
import { describe } from "./workflow-loading.js";

/** Defaults that a configuration sets for what workflows leave out. */
export interface Defaults {
  /** Recovery policy of workflows that say nothing. */
  readonly recovery?: RecoveryDefaults | undefined;
}

/** What switches an idle timeout off in a variable or a flag. */
const NEVER = "never";

/** What is wrong with the `defaults` of a configuration; null when nothing is. */
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
 * Fields given as texts, checked. `nameOf` words a field for messages.
 * @throws {ConfigInvalidError} CONFIG_INVALID — naming the variable or flag.
 */
export function readRecoveryDefaults(
  textOf: (field: DefaultedField) => string | undefined,
  nameOf: (field: DefaultedField) => string,
): RecoveryDefaults {
  const defaults: Record<string, unknown> = {};
  for (const field of DEFAULTED_FIELDS) {
    const text = textOf(field)?.trim() ?? "";
    // An empty variable is one that was taken back, not a value.
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
  // "1e3", "0x10" and "1.5" are numbers to JavaScript, and typing errors to an operator.
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

const wordProblem = (problem: string, field: string, text: string) =>
  problem
    .replace(`${field}: `, "")
    .replace(/, or null for never,/, "")
    .replace(/(, )?"?[^ ]*"? was given$/, `, "${text}" was given`);

/** Later layers go first, field by field. */
export function mergeRecoveryDefaults(...layers: readonly (RecoveryDefaults | undefined)[]): RecoveryDefaults {
  return Object.assign({}, ...layers);
}

/** By what this process judges runs whose workflow says nothing (`Engine.recoveryDefaults`). */
import { findDefaultsProblem, IDLE_TIMEOUT_DEFAULT_MS, type RecoveryDefaults, WrongUseError } from "@holdfast/core";

/** @throws {WrongUseError} WRONG_USE — naming the field of `defaults.recovery` that cannot be meant. */
export function checkRecoveryDefaults(given: RecoveryDefaults | undefined): RecoveryDefaults {
  const problem = given === undefined ? null : findDefaultsProblem(given);
  if (problem !== null) throw new WrongUseError({ problem: `defaults.recovery: ${problem}.` });
  const { idleTimeoutMs = IDLE_TIMEOUT_DEFAULT_MS } = given ?? {};
  return { ...given, idleTimeoutMs };
}

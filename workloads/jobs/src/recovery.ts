// What becomes of a job whose worker is gone: the same for all of them, as their user expects it.
import type { RecoveryOptions } from "holdfast";

/** With a checkpoint the supervisor pauses the job for its user to resume; a job without one fails. */
export const RECOVERY = { onStall: "pause" } as const satisfies RecoveryOptions;

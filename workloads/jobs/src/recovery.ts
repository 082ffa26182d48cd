// What happens to a job whose worker is gone: the same for all jobs, as their users expect.
import type { RecoveryOptions } from "holdfast";

/** If something is recorded, the supervisor pauses the job for its user to resume; otherwise the job fails. */
export const RECOVERY = { onStall: "pause" } as const satisfies RecoveryOptions;

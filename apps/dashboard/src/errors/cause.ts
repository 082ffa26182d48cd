/** One cause of failures over all runs. */
import type { FailurePage } from "../api/types.js";

export type Cause = FailurePage["rows"][number];

/** Where it stands: what came back is open again. */
export type CauseGroup = "open" | "resolved" | "ignored";

export const groupOf = ({ mark }: Cause): CauseGroup => (mark === null || mark.cameBack ? "open" : mark.state);

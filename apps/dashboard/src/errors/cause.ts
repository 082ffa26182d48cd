/** One cause of failures over all runs. */
import type { FailurePage } from "../api/types.js";

export type Cause = FailurePage["rows"][number];

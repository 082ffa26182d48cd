/** Acts on many runs, and which of the selected each is for. */
import type { RunSummary } from "../api/types.js";

export type BulkAct = "pause" | "cancel" | "delete";

/** Which of the selected an act is for: the others are as wanted already, or may not. */
export const ACTS_ON: Readonly<Record<BulkAct, (run: RunSummary) => boolean>> = {
  pause: ({ status }) => status === "running" || status === "queued",
  cancel: ({ status }) => status === "running" || status === "queued" || status === "paused",
  delete: ({ status }) => status !== "running" && status !== "queued",
};

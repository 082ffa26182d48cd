/** Acts on many runs, in the words of buttons and of the last question. */
import type { BulkJob } from "../api/types.js";

export type BulkAct = BulkJob["action"];

interface Words {
  readonly verb: string;
  /** What was done to those that it is for. */
  readonly past: string;
  readonly goes: string;
  readonly what: string;
  /** Mark of the ledger. */
  readonly mark: "bad" | "live" | "todo";
  readonly stays: string | null;
}

export const BULK_WORDS: Readonly<Record<BulkAct, Words>> = {
  pause: {
    verb: "Pause",
    past: "paused",
    goes: "Paused",
    what: "what is in flight is finished and recorded",
    mark: "todo",
    stays: "all that they recorded; a resume goes on from there",
  },
  resume: {
    verb: "Resume",
    past: "resumed",
    goes: "Tried again",
    what: "what has no record yet, or failed; they wait for a slot",
    mark: "live",
    stays: "all that they recorded",
  },
  cancel: {
    verb: "Cancel",
    past: "cancelled",
    goes: "Ends",
    what: "the work on them; what is in flight is given up",
    mark: "bad",
    stays: "what they recorded; a pause would keep them resumable",
  },
  restart: {
    verb: "Restart",
    past: "restarted",
    goes: "Begins anew",
    what: "every stage, with the recorded input; all calls are made and paid again",
    mark: "bad",
    stays: "their ids, and what the history says of earlier attempts",
  },
  delete: {
    verb: "Remove",
    past: "removed",
    goes: "Goes",
    what: "their records, results and files; this cannot be undone",
    mark: "bad",
    stays: "what the audit says of them",
  },
};

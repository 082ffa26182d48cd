/**
 * Child runs: how their IDs are made and what becomes of them when their parent ends. Pure.
 *
 * A child belongs to the stage of its parent that started it. Its row names the parent; its ID only reads well.
 */
import type { RunId } from "./ids.js";

/** What becomes of a child when its parent ends. */
export const CHILD_RULES = ["cancel", "leave", "cancelUnlessCompleted"] as const;
/**
 * `cancel`: it is cancelled with any end of its parent. `leave`: it goes on. `cancelUnlessCompleted`: it goes on where the
 * parent completed, since the parent did not wait for it.
 */
export type ChildRule = (typeof CHILD_RULES)[number];

/** Generations of parents above a run, at most. Deeper families are mistakes: a workflow that starts itself. */
export const CHILD_DEPTH_MAX = 32;
/** Joins the parent's ID and the stage. No ID or stage name of users contains it. */
export const CHILD_MARK = "~";
/** Why a child was cancelled whose parent has ended. */
export const PARENT_ENDED = "parent ended";

/** Longest ID of a run, in characters. */
const ID_LENGTH_MAX = 128;
/** Of a hashed ID, how much of the parent's ID is kept to be read. */
const READABLE_LENGTH = 80;

/**
 * Returns the ID of a child: `<parent>~<stage>`, from the parent's second generation on `<parent>~<stage>~g2`. An ID that would
 * be too long, or could be read in two ways, ends in a hash of its parts instead.
 */
export function childRunId(parent: string, stage: string, generation: number, hash: (text: string) => string): RunId {
  const suffix = generation === 1 ? "" : `${CHILD_MARK}g${generation}`;
  const id = `${parent}${CHILD_MARK}${stage}${suffix}`;
  // `a~b~g2` is the second generation of stage b; as stage g2 of run a~b it would be the same text.
  if (id.length <= ID_LENGTH_MAX && !/^g\d+$/i.test(stage)) return id as RunId;
  const digest = hash(JSON.stringify([parent, stage, generation])).slice(0, 24);
  return `${parent.slice(0, READABLE_LENGTH)}${CHILD_MARK}${digest}` as RunId;
}

/** Returns whether a child is cancelled once its parent has ended so. */
export function isCancelledWith(rule: ChildRule, parentStatus: "completed" | "failed" | "cancelled"): boolean {
  return rule === "cancel" || (rule === "cancelUnlessCompleted" && parentStatus !== "completed");
}

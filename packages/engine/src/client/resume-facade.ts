/** How a caller resumes a run. Types only. */
import type { ActOptions } from "../manage/facade.js";
import type { How, Plan } from "../plan/plan-facade.js";
import type { Workflow } from "../workflow/define-workflow.js";

/** Options of `resume` and `resumeHere`. */
export type ResumeOptions<O = unknown> = How &
  ActOptions & {
    /** A plan that the caller saw: the resume is refused with PLAN_STALE when it no longer holds. Default: not compared. */
    readonly plan?: Pick<Plan, "digest"> | undefined;
    /** Workflow of the run: types its output, and refuses a run of another one (WRONG_USE). Default: not compared. */
    readonly workflow?: Workflow<unknown, O> | undefined;
  };

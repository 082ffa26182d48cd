/** Restarting a run: the same id, a new generation; older records stay visible but no longer answer. */
import type { Claim, ClaimTerms, RunId } from "@holdfast/core";
import { placeUploads } from "../files/place-uploads.js";
import type { ActOptions } from "../manage/facade.js";
import { type Engine, requireRun, requireWorkflow } from "../opened/engine.js";
import { parseInput } from "../workflow/parse-input.js";
import { openInput } from "../workflow/secret.js";
import { checkExpected, termsOf } from "./act.js";
import { claimOf } from "./resume.js";
import { steerDead } from "./steer.js";

/** @throws {BadInputError} BAD_INPUT — for changes that do not fit. @throws {RunLockedError} {IllegalMoveError} {RunNotFoundError} {RunChangedError} */
export async function restartRun(
  opened: Engine,
  runId: RunId,
  how: ActOptions & { readonly set?: Readonly<Record<string, unknown>> | undefined },
  claim: ClaimTerms | null,
): Promise<{ readonly claim: Claim | null; readonly askedAtMs: number }> {
  const { store, clock, hints } = opened.deps;
  const run = await requireRun(opened, runId);
  checkExpected(run, how.expect);
  const workflow = requireWorkflow(opened, run.workflow);
  const set = how.set ?? {};
  const isChanged = Object.keys(set).length > 0;
  const { secrets } = await openInput(store, run);
  const whole = { ...(run.given as object), ...set };
  const given = isChanged ? await placeUploads(opened.uploads, workflow, whole, run.owner) : null;
  const input = isChanged ? (await parseInput(workflow, given, secrets)).texts : null;
  const askedAtMs = clock.monotonicMs();
  const restart = (terms: ActOptions) =>
    store.restart({
      runId,
      by: opened.actor.id,
      input,
      version: workflow.version,
      stages: workflow.stages,
      claim,
      ...termsOf(opened, "restart", terms),
    });
  let outcome = await restart(how);
  if (outcome.kind === "held" && (await steerDead(opened, runId, "cancel", "to be restarted; its holder was gone"))) {
    // It was as the caller saw it until here.
    outcome = await restart({ ...how, expect: undefined });
  }
  hints.notify(runId);
  return { claim: claimOf(runId, outcome, "restart", how.expect), askedAtMs };
}

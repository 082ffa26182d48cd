/**
 * What a resume finds before it changes anything: what was asked, why it would be refused, and what would be done. A plan
 * tells it, a resume acts on it: neither knows anything that the other does not.
 */
import {
  ACTS_FROM,
  canonicalJson,
  DriftError,
  type DriftItem,
  type HoldfastError,
  isPattern,
  isUsd,
  type MapState,
  nearest,
  type ResumeDirective,
  type RunId,
  type RunRecord,
  type RunStatus,
  type StageHistory,
  USD_EXPECTED,
  WrongUseError,
} from "@holdfast/core";
import { isHolderDead } from "../base/identity.js";
import { driftOfSources, judgeSources, lookAtSources } from "../dataset/check-sources.js";
import { placeUploads } from "../files/place-uploads.js";
import { parseRedo } from "../map/selection.js";
import { type Engine, requireRun, requireWorkflow } from "../opened/engine.js";
import { illegalMove, locked } from "../opened/refusals.js";
import { isCodeChanged, shortCode } from "../workflow/code-digest.js";
import { codeOf } from "../workflow/code-of.js";
import type { Workflow } from "../workflow/define-workflow.js";
import { changedInput, type ParsedInput } from "../workflow/parse-input.js";
import { openInput } from "../workflow/secret.js";
import { checkThrough } from "../workflow/through.js";
import { type ListedKeys, refuseKeys, sortListedKeys } from "./listed-keys.js";
import type { How } from "./plan-facade.js";
import type { Rehearsal } from "./rehearsal.js";
import { rehearse } from "./rehearse.js";

export interface Examination {
  readonly run: RunRecord;
  readonly workflow: Workflow;
  readonly history: readonly StageHistory[];
  readonly maps: readonly MapState[];
  /** What the resume would record. */
  readonly from: readonly RunStatus[];
  readonly directive: ResumeDirective | null;
  readonly input: ParsedInput | null;
  /** The token of a dead or silent holder that is taken over. */
  readonly deadHolder: { readonly token: number } | null;
  readonly listed: ListedKeys | null;
  readonly drift: readonly DriftItem[];
  /** Why it would be refused: what the resume throws. */
  readonly refusal: HoldfastError | null;
  /** Null where the answer does not depend on it: another worker holds the run. */
  readonly rehearsal: Rehearsal | null;
}

/**
 * `isForPlan`: all that can be told, counted. Without it only what may refuse the resume is looked at.
 * @throws {RunNotFoundError} RUN_NOT_FOUND @throws {UnknownWorkflowError} UNKNOWN_WORKFLOW
 * @throws {UnknownStageError} UNKNOWN_STAGE — for `through`. @throws {BadInputError} BAD_INPUT
 */
export async function examineResume(opened: Engine, runId: RunId, how: How, isForPlan: boolean): Promise<Examination> {
  const { deps } = opened;
  const { store } = deps;
  const run = await requireRun(opened, runId);
  const workflow = requireWorkflow(opened, run.workflow);
  if (how.through !== undefined) checkThrough(workflow, how.through);
  const given = await placeUploads(opened.uploads, workflow, how.input, run.owner);
  const input = await changedInput(store, run, workflow, given);
  const [history, maps, holder] = await Promise.all([
    store.loadHistory(runId),
    store.listMaps(runId),
    lookAtHolder(opened, run),
  ]);
  const code = codeDrift(run, workflow);
  const redo = parseRedo(how.only ?? null);
  const listed = redo?.kind === "keys" ? await sortListedKeys(store, runId, maps, redo.keys) : null;
  const found = await lookAtSources(deps, runId);
  const sources = judgeSources(found, how.accept);
  checkBudgets(how.budget, maps, workflow);
  const directive = directiveOf(how, sources.outdated, run.directive);
  const from = resumableFrom(directive);
  const isMovable = holder.token !== null || run.status === "running" || from.includes(run.status);
  const refusal =
    holder.refusal ??
    (isMovable ? null : illegalMove(runId, run.status, "resume")) ??
    (isCodeRefused(run, workflow, code) && how.accept === undefined ? new DriftError({ runId, drift: code }) : null) ??
    (redo?.kind === "keys" && listed !== null ? refuseKeys(runId, redo.keys, listed) : null) ??
    sources.refusal;
  const isRehearsed = isForPlan ? holder.refusal === null : refusal === null && history.length > 0;
  const rehearsal = !isRehearsed
    ? null
    : await rehearse(deps, {
        workflow,
        run: {
          ...run,
          input: input === null ? (await openInput(store, run)).input : JSON.parse(input.plainJson ?? "null"),
          through: how.through ?? null,
          directive,
        },
        history,
        maps,
        terms: {
          accept: how.accept ?? null,
          isRedoingItems: directive?.only != null,
          isReopening: run.status === "failed",
        },
        isCounting: isForPlan,
      });
  const files = driftOfSources(found);
  // A stage that reads its file again was found by the file already.
  const isNew = ({ what, was }: DriftItem) => !files.some((file) => file.what === what && file.was === was);
  const drift = [...code, ...files, ...(rehearsal?.drift.filter(isNew) ?? [])];
  const refused = rehearsal?.refused ?? [];
  return {
    ...{ run, workflow, history, maps, from, directive, input, listed, drift, rehearsal },
    deadHolder: holder.token === null ? null : { token: holder.token },
    refusal: refusal ?? (refused.length > 0 ? new DriftError({ runId, drift: refused }) : null),
  };
}

function directiveOf(
  { accept, only, budget }: How,
  outdated: readonly string[],
  before: ResumeDirective | null,
): ResumeDirective | null {
  // What is missing is taken up anyway: to say so asks for nothing.
  const redo = only === undefined || only === "missing" ? null : only;
  const raised = { ...before?.budget, ...budget };
  const budgets = Object.keys(raised).length === 0 ? {} : { budget: raised };
  if (accept === undefined && redo === null)
    return "budget" in budgets ? { accept: null, only: null, ...budgets } : null;
  return { accept: accept ?? null, only: redo, ...(outdated.length > 0 ? { outdated } : {}), ...budgets };
}

/** @throws {WrongUseError} WRONG_USE — for an amount that is none, or a stage that is no map of the run. */
function checkBudgets(budget: How["budget"], maps: readonly MapState[], workflow: Workflow): void {
  const declarations = workflow.stages ?? [];
  const declared = declarations.map(({ name }) => name);
  const known = [...new Set([...maps.map(({ stage }) => stage), ...declared])];
  for (const [stage, usd] of Object.entries(budget ?? {})) {
    if (!isUsd(usd)) {
      throw new WrongUseError({
        problem: `The budget of ${stage}: ${USD_EXPECTED} is expected, ${String(usd)} was given.`,
      });
    }
    if (known.includes(stage) || declarations.some(isPattern) || (declared.length === 0 && maps.length === 0)) continue;
    const near = nearest(stage, known);
    const meant = near === null ? "" : ` Is ${near} meant?`;
    throw new WrongUseError({ problem: `There is no map "${stage}" whose budget could be raised.${meant}` });
  }
}

/** A completed run has nothing missing; items of a finished map may be tried again, which reopens it. */
function resumableFrom(directive: ResumeDirective | null): readonly RunStatus[] {
  return directive?.only == null ? ACTS_FROM.resume : [...ACTS_FROM.resume, "completed"];
}

/** The token of a dead or expired holder that may be taken over, or the refusal where one that lives holds the run. */
async function lookAtHolder(
  { deps }: Engine,
  run: RunRecord,
): Promise<{ readonly token: number | null; readonly refusal: HoldfastError | null }> {
  const lease = run.status === "running" ? await deps.store.getLease(run.id) : null;
  if (lease === null) return { token: null, refusal: null };
  const isGone = lease.isExpired || isHolderDead(deps, lease);
  return isGone ? { token: lease.token, refusal: null } : { token: null, refusal: locked(run.id, lease) };
}

/** Other files are refused where the workflow says so, and only where something was recorded under the ones before. */
function isCodeRefused(run: RunRecord, workflow: Workflow, code: readonly DriftItem[]): boolean {
  const isTold = workflow.definition.onCodeChange !== "refuse" && isCodeChanged(run.code, codeOf(workflow));
  return code.length > (isTold ? 1 : 0);
}

/** Whether what the workflow declares is as it was, its version and its stages; and whether its files are. */
function codeDrift(run: RunRecord, workflow: Workflow): readonly DriftItem[] {
  const drift: DriftItem[] = [];
  if (run.version !== workflow.version) {
    drift.push({ what: "code", was: `version ${run.version ?? "none"}`, now: `version ${workflow.version ?? "none"}` });
  }
  const names = (stages: RunRecord["stages"]) => (stages ?? []).map((stage) => stage.name);
  const was = names(run.stages);
  const now = names(workflow.stages);
  if (canonicalJson(was) !== canonicalJson(now)) {
    drift.push({ what: "code", was: `stages ${was.join(", ")}`, now: `stages ${now.join(", ")}` });
  }
  const code = codeOf(workflow);
  if (isCodeChanged(run.code, code)) {
    drift.push({ what: "code", was: shortCode(run.code ?? ""), now: shortCode(code ?? "") });
  }
  return drift;
}

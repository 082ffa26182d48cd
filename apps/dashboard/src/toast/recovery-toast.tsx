/**
 * A run that stopped and can go on, told wherever one is: what is kept, what is done again, how long, how much. It does not time
 * out and takes no focus; one for many runs; silent on the run's own page, where the banner says it.
 */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useLocation, useNavigate, useParams } from "@tanstack/react-router";
import { CirclePlay, History, X } from "lucide-react";
import { ask, runPath } from "../api/client.js";
import { useActRefusal } from "../api/session-context.js";
import type { Plan, RecoveryOptions, Run, RunSummary } from "../api/types.js";
import { useAttention } from "../inbox/use-attention.js";
import { usePolled } from "../live/use-polled.js";
import { Button } from "../parts/button.js";
import { useNow } from "../parts/now.js";
import { shareOf } from "../parts/progress.js";
import { count, counted, percent, usdRange } from "../words/numbers.js";
import { ago, duration } from "../words/times.js";
import { dismiss, useDismissed } from "./dismissed.js";
import { recoveryOf, useRecovered } from "./use-recovered.js";

/** What stopped longer ago is in the inbox, and news to nobody. */
const FRESH_MS = 24 * 3_600_000;

export function RecoveryToast() {
  const { runId } = useParams({ strict: false });
  // The inbox tells it all.
  const isInbox = useLocation({ select: ({ pathname }) => pathname.endsWith("/inbox") });
  const { runs } = useAttention();
  const isDismissed = useDismissed();
  const nowMs = useNow();
  const told = runs.filter((run) => run.id !== runId && nowMs - run.updatedAt < FRESH_MS && !isDismissed(run));
  const [first] = told;
  const recovered = useRecovered().filter((run) => run.id !== runId && !isDismissed(recoveryOf(run)));
  if (isInbox) return null;
  if (first === undefined) return recovered[0] === undefined ? null : <Recovered run={recovered[0]} />;
  return told.length === 1 ? <One run={first} /> : <Many runs={told} />;
}

/** It went on by itself: nothing is asked, but whoever started it knows that it stood still. */
function Recovered({ run }: { readonly run: RunSummary }) {
  const navigate = useNavigate();
  const nowMs = useNow();
  const { done, total } = run.progress;
  const kept = total === null ? "What it recorded is kept" : `${count(done)} of ${count(total)} are done and kept`;
  return (
    <section className="toast" role="status" aria-label="A run went on by itself">
      <History className="i c-ok" aria-hidden="true" />
      <h2 className="cut">
        <Link className="mono" to="/runs/$runId" params={{ runId: run.id }}>
          {run.id}
        </Link>{" "}
        was recovered
      </h2>
      <Dismiss runs={[recoveryOf(run)]} />
      <p>
        Its worker was gone; {run.lease?.holder ?? "another"} took it up {ago(run.lease?.since ?? run.updatedAt, nowMs)}
        . {kept}.
      </p>
      <span className="btns">
        <Button onClick={() => void navigate({ to: "/runs/$runId", params: { runId: run.id } })}>Look</Button>
      </span>
    </section>
  );
}

function Many({ runs }: { readonly runs: readonly RunSummary[] }) {
  const navigate = useNavigate();
  return (
    <section className="toast" role="status" aria-label="Runs that can go on">
      <History className="i c-hold" aria-hidden="true" />
      <h2>{counted(runs.length, "run")} can be resumed</h2>
      <Dismiss runs={runs} />
      <p>
        {runs
          .slice(0, 2)
          .map(({ id }) => id)
          .join(", ")}
        {runs.length > 2 ? ` and ${count(runs.length - 2)} more` : ""} stopped. What they recorded is kept.
      </p>
      <span className="btns">
        <Button onClick={() => void navigate({ to: "/inbox" })}>Look first</Button>
        <Button kind="bare" onClick={() => dismiss(runs, "later")}>
          Later
        </Button>
      </span>
    </section>
  );
}

function One({ run }: { readonly run: RunSummary }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const refusal = useActRefusal();
  const nowMs = useNow();
  const { data: options } = usePolled<RecoveryOptions>(runPath(run.id, "/recovery"), { everyMs: null });
  const resume = useMutation({
    mutationFn: async () => {
      // What is applied is what can be shown: a run that has moved is refused, and looked at.
      const plan = await ask<Plan>(runPath(run.id, "/plan"));
      return ask<Run>(runPath(run.id), { method: "PUT", body: { action: "resume", planId: plan.planId } });
    },
    onSuccess: async (after) => {
      client.setQueryData(["run", run.id], after);
      await client.invalidateQueries();
      await navigate({ to: "/runs/$runId", params: { runId: run.id } });
    },
    onError: () => navigate({ to: "/runs/$runId", params: { runId: run.id } }),
  });
  const share = shareOf(run.progress);
  const words = options === undefined ? "" : promise(options);
  const whyNot = refusal ?? (options?.resume.isAllowed === false ? options.resume.why : null);
  return (
    <section className="toast" role="status" aria-label="A run can go on">
      <History className="i c-hold" aria-hidden="true" />
      <h2 className="cut">
        <Link className="mono" to="/runs/$runId" params={{ runId: run.id }}>
          {run.id}
        </Link>{" "}
        stopped {ago(run.updatedAt, nowMs)}
        {share === null || share === 1 ? "" : ` at ${percent(share)}`}
      </h2>
      <Dismiss runs={[run]} />
      <p>
        {asSentence(run.error?.message ?? run.reason ?? "")} {words}
      </p>
      <span className="btns">
        <Button refusal={whyNot ?? (resume.isPending ? "It is being resumed" : null)} onClick={() => resume.mutate()}>
          <CirclePlay className="i s" aria-hidden="true" />
          Resume
        </Button>
        <Button onClick={() => void navigate({ to: "/runs/$runId", params: { runId: run.id } })}>Look first</Button>
        <Button kind="bare" onClick={() => dismiss([run], "later")}>
          Later
        </Button>
      </span>
    </section>
  );
}

function Dismiss({ runs }: { readonly runs: readonly Pick<RunSummary, "id" | "updatedAt">[] }) {
  return (
    <Button
      kind="bare"
      size="sm"
      isIcon
      aria-label="Dismiss for good"
      title="Dismiss for good"
      onClick={() => dismiss(runs, "forGood")}
    >
      <X className="i s" aria-hidden="true" />
    </Button>
  );
}

/** Reasons are recorded as they are said of a run: "the holder died". */
const asSentence = (text: string) =>
  text === "" ? "" : `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;

/** "Resume keeps 12,400 items, redoes 8, about 61 min, about $34." */
function promise({ resume }: RecoveryOptions): string {
  const kept =
    resume.keepsItems !== null && resume.keepsItems > 0
      ? counted(resume.keepsItems, "item")
      : counted(resume.keepsStages.length, "stage");
  const parts = [`Resume keeps ${kept}`];
  if (resume.redoesItems !== null && resume.redoesItems > 0) parts.push(`does ${count(resume.redoesItems)}`);
  if (resume.estimatedMs !== null && resume.estimatedMs > 0) parts.push(`about ${duration(resume.estimatedMs)}`);
  const usd = resume.estimatedUsd as [number, number] | null;
  if (usd !== null && usd[1] > 0) parts.push(usdRange(usd));
  return `${parts.join(", ")}.`;
}

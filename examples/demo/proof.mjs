/**
 * Checks what must hold after the kill and the resume, from three sources: the journal that every stage function appended
 * to (outside the engine), the records at the kill, and the records at the end.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";

/** Returns the journal's lines, without a last line that a kill cut short. */
export async function readJournal(file) {
  const text = await readFile(file, "utf8");
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** Maps each stage name to its record: attempt, times, output. */
export async function recordsOf(holdfast, runId) {
  const { stages } = await holdfast.runs.get(runId);
  const records = new Map();
  for (const { name, status, attempts } of stages) {
    if (status !== "completed") continue;
    const { attempt, startedAt, finishedAt } = attempts.findLast((each) => each.status === "completed");
    records.set(name, { attempt, startedAt, finishedAt, output: await holdfast.runs.output(runId, name) });
  }
  return records;
}

/** Returns every claim of the demo, with whether it holds, and why not. */
export async function check({ facts, atKill, killedAtMs, killedPid, killedRun }) {
  const killed = facts.find((run) => run.id === killedRun);
  const others = facts.filter((run) => run !== killed);
  return [
    verdict(
      `Both runs completed, ${facts.map((run) => run.view.stages.length).join(" and ")} stages.`,
      facts.flatMap((run) =>
        run.view.status === "completed" && run.records.size === run.view.stages.length
          ? []
          : [`${run.name}: ${run.view.status}, ${run.records.size} stages recorded`],
      ),
    ),
    verdict(
      `None of the ${atKill.size} stages recorded at the kill ran again: each began once, in the killed process.`,
      [...atKill.keys()].flatMap((stage) => {
        const starts = killed.journal.filter((line) => line.stage === stage && line.edge === "start");
        const isOnce = starts.length === 1 && starts[0].pid === killedPid && Date.parse(starts[0].at) <= killedAtMs;
        return isOnce ? [] : [`stage ${stage} began ${starts.length} times, in ${starts.map(({ pid }) => pid)}`];
      }),
    ),
    verdict(
      "Their recorded outcomes are, to the byte, what they were at the kill.",
      [...atKill].flatMap(([stage, record]) =>
        isDeepStrictEqual(record, killed.records.get(stage)) ? [] : [`stage ${stage} has another record now`],
      ),
    ),
    verdict(repeatClaim(killed, atKill), repeatProblems(killed, atKill, killedPid)),
    verdict(
      "The other run never noticed: every stage ran once, in its own process.",
      others.flatMap((run) =>
        run.view.stages.flatMap(({ name }) => {
          const lines = run.journal.filter((line) => line.stage === name);
          const isOnce = lines.length === 2 && lines.every((line) => line.pid === run.pids[0]);
          return isOnce ? [] : [`${run.name}: stage ${name} has ${lines.length} journal lines`];
        }),
      ),
    ),
    verdict(
      `The events are numbered without a gap: ${facts.map((run) => `1 to ${run.events.length}`).join(", ")}.`,
      facts.flatMap((run) =>
        run.events.every((event, index) => event.seq === index + 1) && run.view.head === run.events.length
          ? []
          : [`${run.name}: events ${run.events.map((event) => event.seq).join(", ")}, head ${run.view.head}`],
      ),
    ),
    verdict("Every file on disk is the one that was recorded, by SHA-256.", await changedFiles(facts)),
  ];
}

/** A claim with its counterexamples; it holds if there are none. */
export function verdict(claim, because) {
  return { claim, because, holds: because.length === 0 };
}

/** Stages that had begun but were not recorded at the kill: the killed process was executing them. */
function cutShort(killed, atKill) {
  const stages = killed.journal.filter((line) => line.pid === killed.pids[0]).map((line) => line.stage);
  return [...new Set(stages)].filter((stage) => !atKill.has(stage));
}

function repeatClaim(killed, atKill) {
  const [stage] = cutShort(killed, atKill);
  if (stage === undefined) return "The kill fell between two stages: nothing was repeated.";
  return `Only stage ${stage}, cut short by the kill, was executed again, as attempt 2.`;
}

function repeatProblems(killed, atKill, killedPid) {
  const cut = cutShort(killed, atKill);
  const problems = cut.length > 1 ? [`${cut.join(", ")} were all under way in a sequential run`] : [];
  for (const { name } of killed.view.stages) {
    if (atKill.has(name)) continue;
    const starts = killed.journal.filter((line) => line.stage === name && line.edge === "start");
    const after = starts.filter((line) => line.pid !== killedPid);
    const attempts = starts.map((line) => line.attempt);
    const expected = cut.includes(name) ? [1, 2] : [1];
    if (after.length !== 1) problems.push(`stage ${name} began ${after.length} times after the resume`);
    if (!isDeepStrictEqual(attempts, expected)) problems.push(`stage ${name} had attempts ${attempts.join(", ")}`);
  }
  return problems;
}

async function changedFiles(facts) {
  const problems = [];
  for (const { name, artifacts } of facts) {
    if (!artifacts.some((artifact) => artifact.name === "final.pptx")) problems.push(`${name}: no final.pptx`);
    for (const artifact of artifacts) {
      const bytes = await readFile(artifact.path).catch(() => Buffer.alloc(0));
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      if (sha256 !== artifact.sha256) problems.push(`${name}: ${artifact.stage}/${artifact.name} differs`);
    }
  }
  return problems;
}

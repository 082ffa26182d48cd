/**
 * Second part of the demo: one run over the 12,092 subjects and bodies of 6,046 labelled e-mails, killed at 40 % and
 * resumed by item. The function that judges each item writes the journal, outside the engine.
 */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startHoldfast } from "./processes.mjs";
import { readJournal, verdict } from "./proof.mjs";

/** In the demo's folder. Written whole or not at all. */
export const MAILS_FILE = "spam-assassin.csv";
const RUN_ID = "run-mails";
const NAME = "E-mails: spam or not";
const STAGE = "classify";
const KILL_AT = 0.4;
/** The map processes thousands of items a second, so the store is read often to place the kill correctly. */
const LOOK_MS = 10;
/** Far longer than needed: only a hang reaches it. */
const DEADLINE_MS = 120_000;

/** Returns the verdicts; `viewOf` returns null until the run exists. */
export async function tellMails({ holdfast, dataDir, screen, viewOf, shown, untilLookedAt }) {
  const journalFile = join(dataDir, "mails.jsonl");
  const began = Date.now();
  const until = async (command, isReached) => {
    for (;;) {
      const view = await viewOf(holdfast, RUN_ID);
      screen.items({ name: NAME, process: command, view });
      if (command.exit !== null && command.exit !== 0) {
        throw new Error(`${NAME}: the command ended with ${command.exit}.\n${command.said()}`);
      }
      if (view !== null && isReached(view)) return view;
      if (Date.now() - began > DEADLINE_MS) throw new Error(`${NAME}: not finished after ${DEADLINE_MS / 1_000} s.`);
      await wait(LOOK_MS);
    }
  };
  const resultsOf = async () => {
    const keys = [];
    const handle = await holdfast.handle(RUN_ID);
    for await (const { key } of handle.items(STAGE)) keys.push(key);
    return keys;
  };

  screen.title("One durable map: 6,046 real e-mails, subject and body each an item");
  const first = startHoldfast(dataDir, [
    ...["start", "narrative-benchmark", "--config=experiments/spam.yaml", `--run-id=${RUN_ID}`],
    ...[`--set=data.file=${join(dataDir, MAILS_FILE)}`, `--set=run.journal=${journalFile}`],
  ]);
  await until(first, ({ progress, stages }) => {
    const isMapping = stages.some(({ name, status }) => name === STAGE && status === "running");
    return isMapping && progress.total !== null && progress.done >= KILL_AT * progress.total;
  });
  first.child.kill("SIGKILL");
  await first.ended;
  const atKill = new Set(await resultsOf());
  screen.release();
  screen.title(`kill -9 ${first.child.pid}`);
  screen.say(`  ${count(atKill.size)} items have their result.`);

  await untilLookedAt(holdfast, RUN_ID);
  screen.title(`holdfast resume ${RUN_ID}`);
  const second = startHoldfast(dataDir, ["resume", RUN_ID]);
  // The run's state does not help: it is paused until the command has claimed it.
  await until(second, () => second.exit !== null);
  const { output, status, progress } = await viewOf(holdfast, RUN_ID);
  screen.release();

  const journal = await readJournal(journalFile);
  const results = await resultsOf();
  const verdicts = judge({ atKill, journal, results, status, progress, pids: [first.child.pid, second.child.pid] });
  screen.title("Proof, from the journal that the judge of each item wrote");
  screen.verdicts(verdicts);
  const { accuracy, f1, method } = output ?? {};
  const predictions = (await holdfast.runs.artifacts(RUN_ID)).find(({ name }) => name.endsWith(".csv"));
  screen.say("", `  ${method}: accuracy ${accuracy?.toFixed(3)}, F1 ${f1?.toFixed(3)}`);
  screen.say(`  every prediction  ${predictions ? shown(predictions.path) : screen.red("missing")}`);
  return verdicts;
}

function judge({ atKill, journal, results, status, progress, pids }) {
  const [killedPid, resumedPid] = pids;
  const linesOf = new Map();
  for (const line of journal) linesOf.set(line.item, [...(linesOf.get(line.item) ?? []), line]);
  const repeated = journal.filter(({ item, pid }) => pid === resumedPid && atKill.has(item));
  const twice = [...linesOf].filter(([, lines]) => lines.length > 1);
  return [
    verdict(
      `${count(results.length)} items, one result each, and the run completed.`,
      status === "completed" && results.length === progress.total && new Set(results).size === results.length
        ? []
        : [`${status}, ${results.length} results of ${progress.total}`],
    ),
    verdict(
      `The killed process had judged ${Math.round((100 * atKill.size) / results.length)} % of them for good.`,
      atKill.size > 0 && atKill.size < results.length ? [] : [`${atKill.size} of ${results.length} at the kill`],
    ),
    verdict(
      `finished items repeated: ${repeated.length}`,
      repeated.slice(0, 5).map(({ item }) => `${item} was judged again`),
    ),
    verdict(
      `${count(twice.length)} items, judged when the kill fell and not recorded yet, were judged again; no other.`,
      [
        ...twice
          .filter(([item, lines]) => atKill.has(item) || lines.length > 2)
          .map(([item]) => `${item} more than that`),
        ...results.filter((item) => !linesOf.has(item)).map((item) => `${item} has a result and was never judged`),
        ...journal
          .filter(({ pid }) => pid !== killedPid && pid !== resumedPid)
          .map(({ pid }) => `a stranger, pid ${pid}`),
      ].slice(0, 5),
    ),
  ];
}

const count = (number) => number.toLocaleString("en-US");

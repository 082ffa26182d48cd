/** The moves of the lease model: in words, for the path to a broken invariant, and which of them form the way out. */

const MOVES = {
  tick: "a second passes",
  stop: "{worker} is stopped",
  proceed: "{worker} goes on",
  look: "{worker} looks at its leases",
  kill: "{worker} is killed, and another process starts in its place",
  askClaim: "{worker} asks for {run}",
  claimArrives: "{worker}'s claim of {run} reaches the store",
  claimLost: "{worker}'s claim of {run} is lost on its way",
  claimAnswered: "{worker} hears of its claim of {run}",
  claimAnswerLost: "the answer to {worker}'s claim of {run} is lost",
  takeOver: "{worker} takes {run} over, by a person's resume",
  announce: "{worker}'s announcement of an attempt at {run} reaches the store",
  begin: "{worker} begins the stage of {run}",
  finish: "{worker} finishes the stage of {run} and sends its outcome",
  outcomeArrives: "{worker}'s outcome of {run} reaches the store, and it hears so",
  outcomeAnswerLost: "{worker}'s outcome of {run} reaches the store, and the answer is lost",
  report: "{worker} sends its report of {run}",
  reportArrives: "{worker}'s report of {run} reaches the store",
  giveUp: "{worker} sees its trust in {run} end and gives up",
  askBeat: "{worker} asks to renew its lease on {run}",
  beatArrives: "{worker}'s beat for {run} reaches the store",
  beatAnswered: "{worker} hears that its lease on {run} is renewed",
  beatRefused: "{worker} hears that its lease on {run} is lost",
  beatLost: "{worker}'s beat for {run}, or its answer, is lost",
  lateOutcome: "an outcome of {run} that was sent long ago reaches the store",
  lateReport: "a report of {run} that was sent long ago reaches the store",
  lateLost: "what was sent of {run} long ago is lost",
  find: "a supervisor finds {run} and decides",
  carryOut: "the supervisor carries out what it decided about {run}",
  recover: "another supervisor finds and recovers {run}",
  loseCommit: "the store loses the commit of the claim of {run}",
} as const;

export type MoveName = keyof typeof MOVES;

/**
 * Once faults have stopped, possible moves happen in this order: processes continue, answers arrive, work is done,
 * expired leases are recovered, and only if nothing else is left does time pass.
 */
const WAY_OUT: readonly MoveName[] = [
  "proceed",
  "look",
  "claimAnswered",
  "outcomeArrives",
  "reportArrives",
  "announce",
  "begin",
  "finish",
  "report",
  "giveUp",
  "claimArrives",
  "lateOutcome",
  "lateReport",
  "carryOut",
  "askBeat",
  "beatArrives",
  "beatRefused",
  "beatAnswered",
  "recover",
  "askClaim",
  "tick",
];

const WAYS = new Map(WAY_OUT.map((name, i) => [name, i + 1]));

/** Returns the move's rank in the way out; 0 if it is not part of it. */
export function wayOf(name: MoveName): number {
  return WAYS.get(name) ?? 0;
}

export function wordsOf(name: MoveName, worker: number, run: number): string {
  const words = MOVES[name].replace("{worker}", `worker ${"ABCD"[worker]}`).replace("{run}", `run ${run + 1}`);
  return words.replace(/^\w/, (letter) => letter.toUpperCase());
}

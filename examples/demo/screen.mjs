/** Output of the demo: on a terminal, lines that are redrawn; elsewhere, one line for each finished stage or share. */

const MARKS = { completed: "✓", running: "●", failed: "✗", interrupted: "◌", pending: "·" };
const NAME_WIDTH = 26;
/** Width of one run's lane in the timeline: both lanes and the names fit into 80 columns. */
const LANE_WIDTH = 25;

export class Screen {
  #out;
  #isLive;
  #hasColour;
  #drawn = 0;
  #told = new Map();

  constructor(out) {
    this.#out = out;
    this.#isLive = out.isTTY === true && process.env.CI === undefined && process.env.TERM !== "dumb";
    this.#hasColour =
      (out.isTTY === true && process.env.NO_COLOR === undefined) || process.env.FORCE_COLOR !== undefined;
    // If the reader has gone (`npm run demo | head`), continue silently rather than leave processes behind.
    out.on("error", () => undefined);
  }

  green = (text) => this.#paint(32, text);
  red = (text) => this.#paint(31, text);
  #dim = (text) => this.#paint(2, text);
  #bold = (text) => this.#paint(1, text);

  #paint(code, text) {
    return this.#hasColour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  say(...lines) {
    for (const line of lines) this.#out.write(`${line}\n`);
  }

  title(text) {
    this.say("", this.#bold(text));
  }

  /** Draws the current state of both runs. */
  progress(runs) {
    if (this.#isLive) this.#redraw(runs.map((run) => this.#line(run)));
    else for (const run of runs) this.#tellNews(run);
  }

  /** Draws one run by its items: a bar on a terminal, elsewhere a line for every fifth of them. */
  items({ name, process: { child }, view }) {
    const { done = 0, total = null } = view?.progress ?? {};
    const isMapping = total !== null && total > (view?.stages.length ?? 0);
    const share = isMapping ? done / total : 0;
    const words = isMapping ? `${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")} items` : "starting";
    const head = `  ${name.padEnd(NAME_WIDTH)}pid ${child.pid}`.padEnd(2 + NAME_WIDTH + 12);
    if (this.#isLive) {
      const full = Math.round(share * LANE_WIDTH);
      const bar = this.green("█".repeat(full)) + this.#dim("·".repeat(LANE_WIDTH - full));
      this.#redraw([{ text: `${head}${bar}  ${words}`, length: head.length + LANE_WIDTH + 2 + words.length }]);
      return;
    }
    const fifth = Math.floor(share * 5);
    if (!isMapping || fifth <= (this.#told.get(name) ?? -1)) return;
    this.#told.set(name, fifth);
    this.say(`${head}${words}`);
  }

  verdicts(verdicts) {
    for (const { holds, claim, because } of verdicts) {
      this.say(`  ${holds ? this.green("✓") : this.red("✗")} ${claim}`);
      if (!holds) this.say(...because.map((line) => `      ${this.red(line)}`));
    }
  }

  /** Keeps what was drawn; the next frame begins below. */
  release() {
    if (this.#drawn > 0) this.#out.write("\u001b[?25h");
    this.#drawn = 0;
  }

  #redraw(lines) {
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : "\u001b[?25l";
    // A pseudo-terminal without a size reports 0.
    const columns = this.#out.columns || 80;
    // One write for each frame, and no line longer than the terminal: a wrapped line could not be overwritten.
    this.#out.write(up + lines.map(({ text, length }) => `\u001b[2K${length > columns ? "" : text}\n`).join(""));
    this.#drawn = lines.length;
  }

  #line({ name, process: { child }, view }) {
    const stages = view?.stages ?? [];
    const done = stages.filter((stage) => stage.status === "completed").length;
    const now = stages.find((stage) => stage.status === "running");
    const marks = stages.map(({ status }) => {
      const mark = MARKS[status];
      return status === "completed" ? this.green(mark) : status === "pending" ? this.#dim(mark) : mark;
    });
    const pid = `pid ${child.pid}`.padEnd(12);
    const what = now ? `${now.name} ${now.title}` : (view?.status ?? "starting");
    const text = `  ${name.padEnd(NAME_WIDTH)}${pid}${marks.join("")}  ${done} of ${stages.length || "…"}  ${what}`;
    const length = 2 + NAME_WIDTH + 12 + stages.length + 2 + `${done} of ${stages.length}`.length + 2 + what.length;
    return { text, length };
  }

  /** Prints a line for every stage that has completed since the last call. */
  #tellNews({ name, process: { child }, view }) {
    if (view === null) return;
    const done = view.stages.filter((stage) => stage.status === "completed");
    const told = this.#told.get(name) ?? new Set();
    this.#told.set(name, told);
    for (const stage of done) {
      if (told.has(stage.name)) continue;
      told.add(stage.name);
      const count = `${told.size} of ${view.stages.length}`.padStart(8);
      this.say(`  ${name.padEnd(NAME_WIDTH)}pid ${child.pid}  ${count}  ${stage.name} ${stage.title}`);
    }
  }

  /** Draws every attempt as a bar on one time axis, with a lane for each run. The attempt that the kill interrupted ends with an x. */
  timeline(runs, killedAtMs) {
    const attempts = runs.flatMap((run) => run.view.stages.flatMap((stage) => stage.attempts));
    const fromMs = Math.min(...attempts.map((attempt) => attempt.startedAt));
    const toMs = Math.max(...attempts.map((attempt) => attempt.finishedAt ?? attempt.startedAt));
    const place = (ms) => Math.min(LANE_WIDTH - 1, Math.floor(((ms - fromMs) / (toMs - fromMs)) * LANE_WIDTH));
    this.say(`  ${"".padEnd(NAME_WIDTH)}${runs.map((run) => run.name.padEnd(LANE_WIDTH + 2)).join("")}`.trimEnd());
    for (const [index, { name, title }] of runs[0].view.stages.entries()) {
      const lanes = runs.map((run) => this.#lane(run.view.stages[index]?.attempts ?? [], place, killedAtMs));
      this.say(`  ${name.padEnd(4)}${title.padEnd(NAME_WIDTH - 4)}${lanes.join("  ")}`.trimEnd());
    }
    const axis = `0 s${`${((toMs - fromMs) / 1_000).toFixed(1)} s`.padStart(LANE_WIDTH - 3)}`;
    this.say(this.#dim(`  ${"".padEnd(NAME_WIDTH)}${runs.map(() => axis).join("  ")}`));
  }

  #lane(attempts, place, killedAtMs) {
    const cells = new Array(LANE_WIDTH).fill(" ");
    for (const attempt of attempts) {
      const isKept = attempt.status === "completed";
      const first = place(attempt.startedAt);
      const last = place(isKept ? attempt.finishedAt : killedAtMs);
      for (let at = first; at <= last; at++) cells[at] = isKept ? this.green("█") : this.red("░");
      if (!isKept) cells[last] = this.red("x");
    }
    return cells.join("");
  }
}

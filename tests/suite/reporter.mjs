/**
 * What the suite reports, line by line as it happens, and the deadline of each file.
 *
 * A report that is written at the end is lost with the process that would write it. So each file is a line of JSON when it
 * has ended, and all that are to run are a line at the beginning: what is missing then did not end. A file that does not end
 * within `FILE_MAX_MS` has its process killed, whatever blocks it; the others go on.
 */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { processorMs } from "./processor-time.mjs";

/** Far above what the longest file takes on a quiet machine (under a minute), also where ten others want the same cores. */
const FILE_MAX_MS = Number(process.env.HOLDFAST_TEST_FILE_MAX_MS ?? 20 * 60_000);
const LOOK_MS = Math.min(2_000, FILE_MAX_MS / 4);

export default class SuiteReporter {
  #report = process.env.HOLDFAST_TEST_REPORT;
  #running = process.env.HOLDFAST_TEST_RUNNING;
  #look = null;
  #killed = new Set();

  onTestRunStart(specifications) {
    this.#write({ kind: "start", files: specifications.map(({ project, moduleId }) => nameOf(project, moduleId)) });
    mkdirSync(this.#running, { recursive: true });
    this.#look = setInterval(() => this.#endOverdue(), LOOK_MS);
  }

  onTestModuleEnd(module) {
    const tests = [...module.children.allTests()].map((test) => {
      const { state, errors = [] } = test.result();
      return { name: test.fullName, state, ms: test.diagnostic()?.duration ?? 0, error: errors[0]?.message };
    });
    const { duration, collectDuration, setupDuration } = module.diagnostic();
    this.#write({
      kind: "file",
      file: nameOf(module.project, module.moduleId),
      state: module.state(),
      ms: Math.round(duration + collectDuration + setupDuration),
      error: module.errors()[0]?.message,
      tests,
    });
  }

  onTestRunEnd(_modules, unhandled) {
    clearInterval(this.#look);
    // Its children, the files, have said what they took.
    this.#write({ kind: "processor", file: "vitest itself", ms: processorMs({ withChildren: false }) });
    for (const { message } of unhandled) this.#write({ kind: "unhandled", message });
    this.#write({ kind: "end" });
  }

  #endOverdue() {
    for (const name of readdirSync(this.#running)) {
      const path = join(this.#running, name);
      try {
        const startedMs = statSync(path).mtimeMs;
        if (this.#killed.has(name) || Date.now() - startedMs < FILE_MAX_MS) continue;
        this.#killed.add(name);
        this.#write({ kind: "overdue", file: readFileSync(path, "utf8"), limitMs: FILE_MAX_MS });
        if (isChild(name)) process.kill(Number(name), "SIGKILL");
      } catch {
        // It ended in this moment.
      }
      rmSync(path, { force: true });
    }
  }

  #write(line) {
    appendFileSync(this.#report, `${JSON.stringify(line)}\n`);
  }
}

/** A process that crashed leaves its number behind, and another program may have it since. */
function isChild(pid) {
  if (process.platform !== "linux") return true;
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === process.pid;
}

function nameOf(project, moduleId) {
  return `${project.name} ${relative(project.vitest.config.root, moduleId)}`;
}

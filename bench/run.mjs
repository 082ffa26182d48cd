/** `npm run bench`: every measurement in one run, printed and kept in bench/results/. `-- w2 w3` runs only those, `-- heap` and `-- peers` what takes long. */
import { appendFileSync, mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { heap } from "./heap.mjs";
import { http } from "./http.mjs";
import { jobs } from "./jobs.mjs";
import { parts } from "./parts.mjs";
import { peers } from "./peers/peers.mjs";
import { postgres } from "./postgres.mjs";
import { processes } from "./processes.mjs";
import { realtime } from "./realtime.mjs";
import { screen } from "./screen.mjs";
import { streams } from "./streams.mjs";
import { w1 } from "./w1.mjs";
import { w2 } from "./w2.mjs";
import { w3 } from "./w3.mjs";
import { w4 } from "./w4.mjs";
import { w5 } from "./w5.mjs";
import { w6 } from "./w6.mjs";
import { wakeups } from "./wakeups.mjs";
import { watching } from "./watching.mjs";

const all = {
  w1,
  w2,
  w3,
  w4,
  w5,
  w6,
  postgres,
  http,
  streams,
  realtime,
  watching,
  processes,
  wakeups,
  screen,
  jobs,
  parts,
};
/** What takes minutes, or the registry: only where it is named. */
const named = { heap, peers };
const asked = process.argv.slice(2).filter((name) => name in all || name in named);
const lines = [];
const print = console.log;
console.log = (...words) => {
  lines.push(words.join(" "));
  print(...words);
};
console.log(
  `Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), ${new Date().toISOString()}`,
);
for (const name of asked.length > 0 ? asked : Object.keys(all)) await { ...all, ...named }[name]();
const folder = join(import.meta.dirname, "results");
mkdirSync(folder, { recursive: true });
appendFileSync(join(folder, `${new Date().toISOString().slice(0, 10)}.txt`), `${lines.join("\n")}\n`);

/**
 * The clients of `watching.mjs`: each watches the list and one run, as an open page does. Told "watch", they answer when each has its
 * list and its run; told "leave", when each has seen the end of its run.
 */
import { constants, setPriority } from "node:os";
import { createHoldfastClient } from "@holdfast/client";
import { tokenFor } from "./token.mjs";

const [url, secret, count] = process.argv.slice(2);
// They stand for twenty other machines: what they do with the frames must not be counted as what it costs to send them.
setPriority(constants.priority.PRIORITY_LOW);
let open = [];
let eventCount = 0;
let began;

function watch(runId) {
  const client = createHoldfastClient({ url, token: tokenFor("watcher", secret), links: ["socket"] });
  const list = client.watchRuns({ limit: 50 });
  const run = client.watchRun(runId);
  run.onEvent(() => {
    eventCount += 1;
  });
  return { client, list, run };
}

/** Resolves once `fits` holds. */
function until(live, fits) {
  return new Promise((resolve) => {
    const look = () => {
      if (!fits(live.get())) return;
      end();
      resolve();
    };
    const end = live.subscribe(look);
    look();
  });
}

const TOLD = {
  watch: async ({ runIds }) => {
    open = Array.from({ length: Number(count) }, (_, n) => watch(runIds[n % runIds.length]));
    const isReady = ({ kind }) => kind === "ready";
    await Promise.all(open.flatMap(({ list, run }) => [until(list, isReady), until(run, isReady)]));
    eventCount = 0;
    began = process.cpuUsage();
    return {};
  },
  leave: async () => {
    await Promise.all(
      open.map(({ run }) => until(run, (state) => state.run.status === "completed" && state.last === state.head)),
    );
    const { user, system } = process.cpuUsage(began);
    for (const { client } of open) client.close();
    return { eventCount, clientMs: (user + system) / 1_000 };
  },
};
process.on("message", async (message) => process.send(await TOLD[message.what](message)));
process.on("disconnect", () => process.exit(0));

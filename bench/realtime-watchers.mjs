/** The clients of `realtime.mjs` that watch the list and one run each, as twenty open pages do. What they cost is the server's. */
import { createHoldfastClient } from "@holdfast/client";
import { tokenFor } from "./token.mjs";

const [url, secret, count] = process.argv.slice(2);
/** Connected, with the list read: what a page costs to open is not what it costs to stay. */
const opened = [];
for (let n = 0; n < Number(count); n++) {
  const client = createHoldfastClient({ url, token: tokenFor("watcher", secret) });
  const list = client.watchRuns({ limit: 50 });
  opened.push(
    new Promise((resolve) => {
      const look = () => {
        if (client.connection.get().kind === "live" && list.get().kind === "ready") resolve();
      };
      client.connection.subscribe(look);
      list.subscribe(look);
    }),
  );
  let watched = null;
  // The newest run that works, and the next one when it has ended.
  list.subscribe(() => {
    if (watched !== null && watched.get().run?.finishedAt === null) return;
    const running = list.get().rows.filter(({ status }) => status === "running");
    const next = running[n % Math.max(1, running.length)];
    if (next === undefined) return;
    watched?.close();
    watched = client.watchRun(next.id);
  });
}
await Promise.all(opened);
process.send("ready");
setInterval(() => {}, 60_000);
process.on("disconnect", () => process.exit(0));

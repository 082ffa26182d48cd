/** The clients of `realtime.mjs` that watch the list and one run each, as twenty open pages do. What they cost is the server's. */
import { createHoldfastClient } from "@holdfast/client";
import { tokenFor } from "./token.mjs";

const [url, secret, count] = process.argv.slice(2);
for (let n = 0; n < Number(count); n++) {
  const client = createHoldfastClient({ url, token: tokenFor("watcher", secret) });
  const list = client.watchRuns({ limit: 50 });
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
process.send("ready");
setInterval(() => {}, 60_000);
process.on("disconnect", () => process.exit(0));

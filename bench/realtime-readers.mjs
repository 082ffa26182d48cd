/** The sockets of `realtime.mjs`: so many, spread over the runs, each counting how old an event is when it comes. */
import { io } from "socket.io-client";
import { tokenFor } from "./token.mjs";

const [url, secret, socketCount, runCount] = process.argv.slice(2);
const delays = [];
let isCounting = false;
const open = (n) =>
  new Promise((resolve, reject) => {
    const auth = { token: tokenFor(`reader-${n % 100}`, secret) };
    const socket = io(url, { path: "/api/realtime", transports: ["websocket"], auth, forceNew: true });
    socket.on("connect", async () => {
      const answer = await socket.emitWithAck("sync", { runId: `talks-${n % Number(runCount)}`, after: null });
      if (answer.kind === "snapshot") resolve();
      else reject(new Error(JSON.stringify(answer)));
    });
    socket.on("connect_error", reject);
    socket.on("run:events", ({ events }) => {
      const now = Date.now();
      if (isCounting) for (const { at } of events) delays.push(now - at);
    });
  });
for (let n = 0; n < Number(socketCount); n += 50) {
  await Promise.all(Array.from({ length: 50 }, (_, i) => open(n + i)));
}
isCounting = true;
process.send("ready");
process.on("message", () => process.send(delays));
process.on("disconnect", () => process.exit(0));

/** The readers of `streams.mjs`: so many streams of so many callers, each read to event `head`. */
import { createHmac } from "node:crypto";
import { get } from "node:http";

const [url, head, streamCount, callerCount, secret] = process.argv.slice(2);
const last = `\nid: ${head}\n`;
await Promise.all(
  Array.from({ length: Number(streamCount) }, (_, n) => read(tokenOf(`caller-${n % Number(callerCount)}`))),
);

/** Resolves when the stream has told event `head`. */
function read(token) {
  const headers = { authorization: `Bearer ${token}`, accept: "text/event-stream" };
  return new Promise((resolve, reject) => {
    const asked = get(`${url}/api/runs/talks/events`, { headers, agent: false }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`a stream was answered ${answer.statusCode}`));
      let tail = "";
      answer.setEncoding("utf8").on("data", (text) => {
        tail = (tail + text).slice(-4_000 - last.length);
        if (!tail.includes(last)) return;
        asked.destroy();
        resolve();
      });
    });
    asked.on("error", reject);
  });
}

function tokenOf(sub) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: "bench", aud: "holdfast", sub, role: "admin", exp: Math.floor(Date.now() / 1_000) + 3_600 };
  const body = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`;
}

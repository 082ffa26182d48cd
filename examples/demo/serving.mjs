/**
 * The demo's page: a `holdfast serve` without a worker over the demo's folder. It executes nothing, so the runs that the page shows
 * are executed by the processes that the demo starts and kills.
 */
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { startHoldfast } from "./processes.mjs";

const PORT = 4680;
/** Ports to try if the default one is taken; after these the system chooses one. */
const PORTS_TRIED = 10;
/** Far longer than a start takes. */
const START_MS = 60_000;
/** A server without streams ends within a second. */
const END_MS = 5_000;
/** Long enough to open an address, short enough for people who only watch the terminal. */
const OPENED_MS = 20_000;

/** @param port Port to use; undefined means the default one, or a free one. */
export async function servePage(dataDir, port) {
  if (port !== undefined && port !== 0 && !(await isFree(port))) {
    throw new Error(`Port ${port} is taken. Give another --port, or leave it out: a free one is found.`);
  }
  const command = startHoldfast(
    dataDir,
    ["serve", "--no-worker", `--port=${port ?? (await findPort())}`, "--json", "--log-level=info"],
    // A run whose process died waits for a person, so that there is something to see and to click.
    { HOLDFAST_ON_STALL: "pause" },
  );
  const { url, openUrl, hasPage } = await readAddress(command);
  const token = openUrl.split("#t=")[1];
  let isOpened = false;
  command.onMessage((text) => {
    // The page has signed in.
    isOpened ||= text.split("\n").some((line) => line.includes('"POST"') && line.includes('"/session"'));
  });
  return {
    openUrl,
    hasPage,
    isOpened: () => isOpened,
    ended: command.ended,
    hasEnded: () => command.exit !== null,
    said: command.said,
    /** From now on the server supervises runs, as every worker does. */
    async supervise() {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const body = JSON.stringify({ action: "startSupervisor" });
      const answer = await fetch(`${url}/api/management`, { method: "POST", headers, body });
      if (!answer.ok) throw new Error(`The server does not supervise: ${answer.status} ${await answer.text()}`);
    },
    async end() {
      command.child.kill("SIGTERM");
      await Promise.race([command.ended, wait(END_MS, undefined, { ref: false })]);
    },
  };
}

/** Address of a page that is already served for the folder; null if there is none. */
export async function findOther(dataDir) {
  if (!existsSync(join(dataDir, "servers"))) return null;
  // Without a browser it only prints the address; it exits with 7 if no server is running.
  const command = startHoldfast(dataDir, ["open", "--json"], { BROWSER: "", DISPLAY: "", WAYLAND_DISPLAY: "" });
  return (await command.ended) === 0 ? JSON.parse(command.output()).url : null;
}

/** Waits until the page is open, until somebody presses Enter, or until a timeout. */
export async function untilOpened(server, stdin) {
  const over = new AbortController();
  const reader = createInterface({ input: stdin });
  reader.once("line", () => over.abort());
  const deadline = Date.now() + OPENED_MS;
  while (!over.signal.aborted && !server.isOpened() && !server.hasEnded() && Date.now() < deadline) await wait(100);
  reader.close();
  // Reading from the terminal keeps the process alive.
  stdin.unref?.();
}

async function readAddress(command) {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    const document = command.output().match(/\{[\s\S]*\}/)?.[0];
    if (document !== undefined) return JSON.parse(document);
    if (command.exit !== null) throw new Error(`holdfast serve ended with ${command.exit}.\n${command.said()}`);
    await wait(50);
  }
  throw new Error(`holdfast serve said nothing for ${START_MS / 1_000} s.\n${command.said()}`);
}

async function findPort() {
  for (let port = PORT; port < PORT + PORTS_TRIED; port++) if (await isFree(port)) return port;
  return 0;
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

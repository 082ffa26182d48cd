/**
 * PgBouncer in transaction mode before a server of the tests, with few connections to it: each transaction of a client may go over
 * another. Answers where it is, or why there is none.
 */
import { spawn } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "./debian.mjs";
import { freePort } from "./free-port.mjs";

const PACKAGES = ["pgbouncer", "libevent-2.1-7", "libc-ares2"];
/** It refuses to run as root. */
const NOBODY = 65_534;
/** Ends it when the test's process is gone, however it died: then its end of the pipe is closed. */
const GUARD = 'set -m; "$@" & pooler=$!; cat >/dev/null; kill -TERM $pooler; wait $pooler; rm -rf "$FOLDER"';

/**
 * `settings`: further lines of its configuration.
 * @param {string} url @param {{ settings?: readonly string[] }} options
 * @returns {Promise<{ url: string, version: string, stop: () => Promise<void> } | { problem: string }>}
 */
export async function startPgbouncer(url, { settings = [] } = {}) {
  const found = await findProgram({ name: "pgbouncer", path: "usr/sbin/pgbouncer", packages: PACKAGES });
  if ("problem" in found) return found;
  const folder = mkdtempSync(join(tmpdir(), "holdfast-pgbouncer-"));
  const server = new URL(url);
  const port = await freePort();
  const file = join(folder, "pgbouncer.ini");
  const login = [`user=${server.username}`, ...(server.password === "" ? [] : [`password=${server.password}`])];
  const database = [`host=${server.hostname}`, `port=${server.port || 5432}`, ...login].join(" ");
  const lines = [
    "[databases]",
    `* = ${database}`,
    "[pgbouncer]",
    ...["listen_addr=127.0.0.1", `listen_port=${port}`, "unix_socket_dir=", "auth_type=any"],
    ...["pool_mode=transaction", "default_pool_size=4", "max_client_conn=500", "server_lifetime=3600"],
    ...settings,
  ];
  writeFileSync(file, lines.join("\n"));
  const isRoot = process.getuid?.() === 0;
  const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  if (isRoot) {
    chownSync(folder, NOBODY, NOBODY);
    chmodSync(file, 0o644);
  }
  const env = { ...found.env, FOLDER: folder };
  const pooler = spawn("sh", ["-c", GUARD, "sh", found.program, file], {
    ...as,
    ...{ cwd: folder, env, stdio: ["pipe", "ignore", "pipe"] },
  });
  const ended = new Promise((done) => pooler.once("close", done));
  const log = await ready(pooler, port);
  const stop = async () => {
    pooler.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  pooler.unref();
  for (const stream of [pooler.stdin, pooler.stderr]) stream.unref?.();
  const through = Object.assign(new URL(url), { port: String(port), hostname: "127.0.0.1" });
  return { url: through.href, version: log.match(/PgBouncer ([\d.]+)/)?.[1] ?? "?", stop };
}

/** It says so, and takes connections. */
function ready(pooler, port) {
  return new Promise((resolve, reject) => {
    let log = "";
    pooler.once("close", () => reject(new Error(`PgBouncer ended: ${log.trim().split("\n").at(-1) ?? ""}`)));
    pooler.stderr.setEncoding("utf8").on("data", (text) => {
      if (log.length > 100_000) return;
      log += text;
      if (!log.includes("process up")) return;
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(log);
      });
      socket.once("error", () => {});
    });
  });
}

/** The servers that ours and the peers share: a durable PostgreSQL with a database for each program, and a Redis that syncs each write. */
import { spawn } from "node:child_process";
import pg from "pg";
import { freePort } from "../../tests/suite/free-port.mjs";
import { startPostgres } from "../../tests/suite/postgres.mjs";
import { findRedis } from "../../tests/suite/redis.mjs";

/** `databaseFor(name)` answers with the URL of a new database; or `{ problem }`. */
export async function startDurablePostgres() {
  const server = await startPostgres({ isDurable: true });
  if ("problem" in server) return server;
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  let count = 0;
  const databaseFor = async (name) => {
    const database = `bench_${name.replaceAll("-", "_")}_${++count}`;
    await client.query(`CREATE DATABASE ${database}`);
    const url = new URL(server.url);
    url.pathname = `/${database}`;
    return url.href;
  };
  const stop = async () => {
    await client.end();
    await server.stop();
  };
  const { rows } = await client.query("SHOW server_version");
  return { version: rows[0].server_version, databaseFor, stop };
}

export async function startDurableRedis(folder) {
  const found = await findRedis();
  if ("problem" in found) return found;
  const port = await freePort();
  const words = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  const server = spawn(found.program, [...words, "--appendonly", "yes", "--appendfsync", "always"], {
    env: found.env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => server.once("close", resolve));
  await new Promise((resolve, reject) => {
    let log = "";
    server.stdout.setEncoding("utf8").on("data", (text) => {
      log += text;
      if (/ready to accept connections/i.test(log)) resolve();
    });
    server.once("close", () => reject(new Error(`Redis ended: ${log.trim().split("\n").at(-1)}`)));
  });
  const stop = async () => {
    server.kill();
    await ended;
  };
  return { port, stop };
}

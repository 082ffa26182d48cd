/** A real Redis that a test kills and starts again on the same port: the one on the PATH, or Debian's packages. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { findRedis } from "../suite/redis.mjs";

export interface RestartedRedis {
  readonly url: string;
  /** Kills it; nothing where it is not running. */
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** How often it was killed so far. */
  readonly stopCount: () => number;
}

/** How to open one, or why there is none. */
export async function findRestartedRedis(): Promise<
  { readonly open: () => Promise<RestartedRedis & AsyncDisposable> } | { readonly problem: string }
> {
  const redis = await findRedis();
  if ("problem" in redis) return redis;
  return {
    open: async () => {
      const port = await freePort();
      const startHere = () => startRedis(redis, port);
      let child: ChildProcess | null = await startHere();
      let count = 0;
      const stop = async () => {
        const running = child;
        child = null;
        if (running === null) return;
        count += 1;
        const gone = once(running, "exit");
        running.kill("SIGKILL");
        await gone;
      };
      return {
        url: `redis://127.0.0.1:${port}`,
        stop,
        start: async () => {
          child ??= await startHere();
        },
        stopCount: () => count,
        [Symbol.asyncDispose]: stop,
      };
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function startRedis(
  { program, env }: { readonly program: string; readonly env: NodeJS.ProcessEnv },
  port: number,
): Promise<ChildProcess> {
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const part of child.stdout) {
    text += String(part);
    if (text.includes("Ready to accept connections")) break;
  }
  child.stdout.resume();
  return child;
}

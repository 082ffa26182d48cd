/** A proxy between clients and a server that cuts each connection after a random number of bytes, drawn from a seed. */
import { connect, createServer, type Socket } from "node:net";

export interface LossyProxy extends AsyncDisposable {
  readonly url: string;
  /** Sets the server that it forwards to. */
  readonly leadTo: (url: string) => void;
  /** How many connections were cut. */
  readonly cuts: () => number;
  /** From now on nothing is cut. */
  readonly heal: () => void;
}

export async function openLossyProxy(random: () => number): Promise<LossyProxy> {
  let target = new URL("http://127.0.0.1:1");
  const sockets = new Set<Socket>();
  let cutCount = 0;
  let isHealed = false;
  const server = createServer((inner) => {
    const outer = connect(Number(target.port), target.hostname);
    let left = 3_000 + Math.floor(random() * 60_000);
    const end = () => {
      inner.destroy();
      outer.destroy();
    };
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from);
      from.on("data", (part) => {
        left -= part.length;
        if (left > 0 || isHealed) {
          to.write(part);
          return;
        }
        // In the middle of a frame, as a real line breaks.
        to.write(part.subarray(0, Math.floor(part.length / 2)), () => {
          cutCount += 1;
          end();
        });
      });
      from.on("error", end);
      from.on("close", () => {
        sockets.delete(from);
        end();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${bound}`,
    leadTo: (url) => {
      target = new URL(url);
    },
    cuts: () => cutCount,
    heal: () => {
      isHealed = true;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

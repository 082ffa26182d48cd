/** A connection to a server that stalls when told to, like a phone's in a tunnel: nothing is lost, and nothing is read. */
import { connect, createServer, type Socket } from "node:net";

export interface StalledLine extends AsyncDisposable {
  readonly url: string;
  readonly leadTo: (url: string) => void;
  readonly stall: () => void;
  readonly flow: () => void;
  /** Whether the server sent this text. */
  readonly hasSent: (text: string) => boolean;
}

export async function openStalledLine(): Promise<StalledLine> {
  let target = new URL("http://127.0.0.1:1");
  const outers = new Set<Socket>();
  let tail = "";
  const found = new Set<string>();
  const server = createServer((inner) => {
    const outer = connect(Number(target.port), target.hostname);
    outers.add(outer);
    inner.pipe(outer);
    outer.on("data", (part) => {
      tail = tail.slice(-64) + part.toString("latin1");
      for (const [name] of tail.matchAll(/run:lagging/g)) found.add(name);
      if (!inner.write(part)) outer.pause();
    });
    inner.on("drain", () => outer.resume());
    for (const socket of [inner, outer]) {
      socket.on("error", () => {});
      socket.on("close", () => {
        inner.destroy();
        outer.destroy();
        outers.delete(outer);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    leadTo: (url) => {
      target = new URL(url);
    },
    stall: () => {
      for (const outer of outers) outer.pause();
    },
    flow: () => {
      for (const outer of outers) outer.resume();
    },
    hasSent: (text) => found.has(text),
    async [Symbol.asyncDispose]() {
      for (const outer of outers) outer.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

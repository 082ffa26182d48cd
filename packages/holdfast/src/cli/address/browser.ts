/**
 * Opens an address in the browser of the person at the machine. Every user of the machine can read a browser's command line, so
 * an address with a token is never on it: the browser gets a file that only its owner can read, which redirects to the address.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { PageAddress } from "./page-address.js";
import { makeServersFolder } from "./server-record.js";

/** Facts about the system for finding a browser. */
export interface Desktop {
  readonly platform: NodeJS.Platform;
  /** The `BROWSER` of the environment: a program that takes an address. */
  readonly browser: string | undefined;
  /** Whether there is a screen; checked on Unix only. */
  readonly hasDisplay: boolean;
}

/** An opener that fails exits at once; one that is still running has become the browser. */
const OPENER_MS = 3_000;
/** How long the file is kept. Browsers read it within a second; slow ones take longer. */
const FILE_MS = 60_000;
const FILE = /^open-[0-9a-f]+\.html$/;

/** @returns Whether a browser opened it. */
export async function openInBrowser(dataDir: string, address: PageAddress, desktop: Desktop): Promise<boolean> {
  const opener = openerOf(desktop);
  if (opener === null) return false;
  const target = address.openUrl === null ? address.url : await leadOn(dataDir, address.openUrl);
  return start(opener, target);
}

type Opener = readonly [program: string, ...args: string[]];

function openerOf({ platform, browser, hasDisplay }: Desktop): Opener | null {
  if (browser !== undefined) return [browser];
  if (platform === "darwin") return ["open"];
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  return hasDisplay ? ["xdg-open"] : null;
}

/** Writes a file that redirects the browser to the address. */
async function leadOn(dataDir: string, openUrl: string): Promise<string> {
  const folder = await makeServersFolder(dataDir);
  const nowMs = Date.now();
  for (const name of await readdir(folder)) {
    if (!FILE.test(name)) continue;
    const file = join(folder, name);
    const info = await stat(file).catch(() => null);
    if (info !== null && nowMs - info.mtimeMs > FILE_MS) await rm(file, { force: true });
  }
  const file = join(folder, `open-${randomBytes(8).toString("hex")}.html`);
  const href = openUrl.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Holdfast</title>
<meta http-equiv="refresh" content="0; url=${href}"></head>
<body><p><a href="${href}">Open Holdfast</a></p></body>
</html>
`;
  await writeFile(file, html, { mode: 0o600, flag: "wx" });
  return pathToFileURL(file).href;
}

function start([program, ...args]: Opener, target: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args, target], { detached: true, stdio: "ignore" });
    const timer = setTimeout(() => resolve(true), OPENER_MS);
    const end = (isOpened: boolean) => {
      clearTimeout(timer);
      resolve(isOpened);
    };
    child.once("error", () => end(false));
    child.once("exit", (code) => end(code === 0));
    child.unref();
  });
}

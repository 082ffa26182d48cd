/** The page as an installed app: what Chromium requires of an installable page, at the root and mounted below a path. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { enter, hasChromium, inBrowser, openProfile, seen, serve } from "./page.js";

interface Manifest {
  readonly icons: readonly { readonly src: string; readonly sizes: string; readonly purpose: string }[];
  readonly shortcuts: readonly { readonly url: string }[];
}

const PUBLIC = new URL("../../apps/dashboard/public/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("app.webmanifest", PUBLIC), "utf8")) as Manifest;

test("each icon has the size that the manifest states, and all addresses are relative", () => {
  const drawn = manifest.icons.filter(({ src }) => src.endsWith(".png"));
  expect(new Set(drawn.map(({ sizes, purpose }) => `${sizes} ${purpose}`))).toEqual(
    new Set(["192x192 any", "512x512 any", "192x192 maskable", "512x512 maskable"]),
  );
  for (const { src, sizes } of drawn) {
    const bytes = readFileSync(new URL(src, PUBLIC));
    // The head of a PNG: width and height follow its signature.
    expect(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, src).toBe(sizes);
  }
  for (const { src } of manifest.icons) expect(src).toMatch(/^\.\//);
  for (const { url } of manifest.shortcuts) expect(url).toMatch(/^\.\//);
});

describe.skipIf(!hasChromium)(inBrowser, () => {
  test("Chromium finds nothing that prevents its installation, and its shortcuts exist", async () => {
    const served = await serve(["--no-worker"]);
    const profile = await mkdtemp(join(tmpdir(), "holdfast-profile-"));
    onTestFinished(() => rm(profile, { recursive: true, force: true }));
    // A profile of its own: a private window, as other tests use, installs nothing.
    const { page, context, troubles } = await openProfile(profile);
    await enter(page, served);
    const line = await context.newCDPSession(page);
    const { installabilityErrors } = await line.send("Page.getInstallabilityErrors");
    expect(installabilityErrors).toEqual([]);
    const { url, errors } = await line.send("Page.getAppManifest");
    expect([url, errors]).toEqual([`${served.url}/app.webmanifest`, []]);
    for (const { src } of manifest.icons) expect((await fetch(new URL(src, url))).status, src).toBe(200);
    for (const shortcut of manifest.shortcuts) {
      await page.goto(new URL(shortcut.url, url).href);
      await seen(page.locator("main h1"));
    }
    expect(troubles).toEqual([]);
    await context.close();
  });
});

#!/usr/bin/env node
/**
 * Draws the icons of the installed page from the single drawing `apps/dashboard/public/icon.svg`, in the sizes that
 * systems ask for: `node tests/browser/icons.mjs`. The files are kept in the repository, since the build has no
 * browser.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { launch } from "./chromium.mjs";

const PUBLIC = new URL("../../apps/dashboard/public/", import.meta.url);
const svg = readFileSync(new URL("icon.svg", PUBLIC), "utf8");
const ground = svg.match(/<rect[^>]*fill="(#[0-9a-f]+)"/)?.[1];
/** A mask may cut off a fifth at each edge: the drawing stays in the middle, and its background extends to the edges. */
const masked = (share) => ({ share, background: ground, source: svg.replace(/ rx="[^"]*"/, "") });
const ICONS = {
  "192.png": { size: 192, share: 1, background: "transparent", source: svg },
  "512.png": { size: 512, share: 1, background: "transparent", source: svg },
  "maskable-192.png": { size: 192, ...masked(0.8) },
  "maskable-512.png": { size: 512, ...masked(0.8) },
  // The system cuts off its corners, and draws black where the image is transparent.
  "apple-touch.png": { size: 180, ...masked(1) },
};

const browser = await launch();
try {
  mkdirSync(new URL("icons/", PUBLIC), { recursive: true });
  for (const [name, { size, share, background, source }] of Object.entries(ICONS)) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    const side = `${share * 100}%`;
    const drawing = source.replace("<svg ", `<svg width="${side}" height="${side}" `);
    await page.setContent(
      `<style>html,body{margin:0;height:100%;background:${background}}body{display:grid;place-items:center}</style>${drawing}`,
    );
    const bytes = await page.screenshot({ omitBackground: background === "transparent" });
    writeFileSync(fileURLToPath(new URL(`icons/${name}`, PUBLIC)), bytes);
    await page.close();
  }
} finally {
  await browser.close();
}

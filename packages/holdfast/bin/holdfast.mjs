#!/usr/bin/env node
// The `holdfast` command. Committed as it is, since the link to it is made before anything is built.
import { existsSync } from "node:fs";
import module from "node:module";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `error: Holdfast needs Node 20.19 or later; this is ${process.versions.node}.\nhint:  Install a newer Node: https://nodejs.org`,
  );
  process.exit(7);
}
// A checkout may have been compiled since it was built: what is started is what was compiled. An installed package has no sources.
if (existsSync(new URL("../src", import.meta.url))) {
  const { bundleWhatChanged } = await import("../../../build/bundle.mjs");
  await bundleWhatChanged();
}
const entry = new URL("../bundle/cli/command-line/main.js", import.meta.url);
if (!existsSync(entry)) {
  console.error("error: holdfast is not built yet.\nhint:  npm run build");
  process.exit(7);
}
// Node 22 and later keep compiled code, which makes the next start faster; earlier ones do not have it.
module.enableCompileCache?.();
const { main } = await import(entry);
await main();

#!/usr/bin/env node
// `npm run run-manager`: the actions of a run manager, each a command of `holdfast`.
import { existsSync } from "node:fs";

const entry = new URL("../bundle/cli/command-line/run-manager.js", import.meta.url);
if (!existsSync(entry)) {
  console.error("error: holdfast is not built yet.\nhint:  npm run build");
  process.exit(7);
}
const { runManager } = await import(entry);
await runManager();

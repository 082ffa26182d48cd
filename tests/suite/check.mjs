#!/usr/bin/env node
/**
 * `npm run check`: format and lint, types, arrows between packages and folders, circles, unused code; two at a time, the longest first. Each is shown
 * when it has ended, and all of them run whatever one finds. Alone: `npm run check:types` and so on.
 */
import { spawn } from "node:child_process";

const CHECKS = ["types", "unused", "arrows", "circles", "format"];
/** As many as the small machine has cores. */
const AT_A_TIME = 2;

function check(name) {
  return new Promise((done) => {
    const npm = spawn("npm", ["run", "--silent", `check:${name}`], { stdio: ["ignore", "pipe", "pipe"] });
    const parts = [];
    for (const stream of [npm.stdout, npm.stderr]) stream.on("data", (part) => parts.push(part));
    npm.once("error", (error) => parts.push(Buffer.from(`${error.message}\n`)));
    npm.once("close", (code) => {
      console.log(
        `── check:${name}: ${code === 0 ? "good" : `failed with ${code}`}\n${Buffer.concat(parts)}`.trimEnd(),
      );
      done(code === 0);
    });
  });
}

const waiting = [...CHECKS];
const results = [];
async function work() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) results.push(await check(name));
}
await Promise.all(Array.from({ length: AT_A_TIME }, work));
process.exitCode = results.every(Boolean) ? 0 : 1;

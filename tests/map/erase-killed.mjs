/** Erases a key and kills itself in the middle: node erase-killed.mjs <data folder> <milliseconds>. */
import { openHoldfast } from "holdfast";

const holdfast = await openHoldfast({ dataDir: process.argv[2], workflows: [] });
setTimeout(() => process.kill(process.pid, "SIGKILL"), Number(process.argv[3]));
await holdfast.datasets.erase("people", "anna@example.org");
await holdfast.close();

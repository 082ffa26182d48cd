/** Reads vitest's JSON report; prints what was skipped by name, then "N passed, N failed, N skipped" as the last line. */
import { readFileSync } from "node:fs";

const file = process.argv[2];
const report = JSON.parse(readFileSync(file, "utf8"));
const tests = report.testResults.flatMap((suite) => suite.assertionResults);
const count = (...statuses) => tests.filter((test) => statuses.includes(test.status)).length;
// A file that could not be loaded has no tests to fail: it counts as one.
const broken = report.testResults.filter(
  (suite) => suite.status === "failed" && !suite.assertionResults.some((test) => test.status === "failed"),
);
const skipped = tests.filter((test) => test.status !== "passed" && test.status !== "failed");
for (const suite of broken) console.log(`could not be run: ${suite.name}: ${suite.message}`);
for (const test of skipped) console.log(`skipped: ${test.fullName}`);
const failed = count("failed") + broken.length;
if (process.env.CI && skipped.length > 0) console.log("CI skips nothing: install what the skipped tests need.");
console.log(`${count("passed")} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = failed > 0 || (process.env.CI && skipped.length > 0) ? 1 : 0;

/** Tells what the reports of the test run in a folder come to; "N passed, N failed, N skipped" is the last line. */
import { printSummary } from "../tests/suite/summary.mjs";

process.exitCode = printSummary(process.argv[2], { isCi: Boolean(process.env.CI) }) ? 0 : 1;

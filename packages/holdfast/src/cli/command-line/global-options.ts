/** Options that every command has. */
import type { OptionSpec } from "../args.js";
import { flag, text } from "../command-spec.js";

/** Options of every command. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  text("url", "URL", "the store (default sqlite:<data dir>/holdfast.db)"),
  text("direct-url", "URL", "address of the PostgreSQL server where --url is a pooler's (default: --url)"),
  text("data-dir", "DIR", "folder for the files of runs (default .holdfast)"),
  text("artifacts", "URL", "object storage for the files of runs: s3://<bucket>/<prefix> (default: the data folder)"),
  text("config-file", "FILE", "the project's configuration (default: holdfast.config.ts, .js or .mjs in this folder)"),
  flag("json", "machine-readable output on standard output"),
  flag("color", "colored output; --no-color turns it off"),
  flag("help", "show this help", "h"),
];

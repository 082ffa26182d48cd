/** `keys new`: an API key, shown once, and the entry of the configuration that knows it by its hash. */
import { EXIT } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";

const ROLES = ["viewer", "operator", "admin"] as const;

export async function run(cli: Cli, args: Args): Promise<number> {
  const name = args.neededText("name", "what the key is for");
  const user = args.neededText("user", "the user whose runs the key can see and create");
  const role = args.oneOf("role", ROLES) ?? "operator";
  const { newApiKey } = await import("@holdfast/server");
  const { key, entry } = newApiKey({ name, user, role });
  const { console } = cli;
  if (console.isJson) {
    console.document({ key, entry });
    return EXIT.done;
  }
  console.lines([
    key,
    "",
    "Add to holdfast.config.ts, in server: { auth: { apiKeys: [ … ] } }:",
    `  ${JSON.stringify(entry)},`,
  ]);
  console.message("This key is shown only once and not stored; the configuration has its hash.");
  return EXIT.done;
}

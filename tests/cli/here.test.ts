/** The other tests rely on this: a command line run within their process behaves like the command that users start. */
import { expect, test } from "vitest";
import { type Ended, makeProject } from "./harness.js";

/** The result without the time of the request and the ages derived from it. */
const timeless = (ended: Ended) => ({ ...ended, stdout: ended.stdout.replace(/"(asOf|ageMs|idleMs)": \d+/g, "") });

test("a command in its own process prints, writes and exits as its command line does in this process", async () => {
  const project = await makeProject();
  await project.write("input.json", `{"topic": "tides"}`);
  await project.run(["start", "brief", "--input=input.json", "--run-id=r"]);
  const lines = [
    ["--version"],
    ["help"],
    ["start", "brief", "--help"],
    ["shwo"],
    ["start", "brief"],
    ["start", "brief", "--input=-", "--json"],
    ["runs", "--json"],
    ["show", "r", "--json"],
    ["show", "nobody"],
    ["resume", "r", "--config=input.json", "--plan"],
    ["logs", "r", "--json"],
    ["diff", "r", "r"],
    ["artifacts", "r", "--json"],
    ["cancel", "r"],
  ];
  for (const args of lines) {
    const apart = await project.run(args, { isApart: true, stdin: "[1]" });
    expect([args, timeless(await project.run(args, { stdin: "[1]" }))]).toEqual([args, timeless(apart)]);
  }
});

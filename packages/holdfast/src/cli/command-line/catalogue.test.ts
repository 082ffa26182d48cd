import { BadRunIdError, exitCodeOfError, exitCodeOfRun, type RecordedError } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { candidatesFor } from "../candidates.js";
import { coloursFor } from "../output/colour.js";
import { COMMANDS, findCommand, GLOBAL_OPTIONS, visibleCommands } from "./catalogue.js";
import { commandHelp, generalHelp } from "./help.js";

const PLAIN = coloursFor(false);

describe("the catalogue", () => {
  test("every command has a module that runs", async () => {
    for (const command of COMMANDS) expect((await command.load()).run, command.name).toBeTypeOf("function");
  });

  test("no command declares an option twice or one that holds everywhere", () => {
    for (const command of COMMANDS) {
      const names = [...command.options, ...GLOBAL_OPTIONS].map((option) => option.name);
      expect(new Set(names).size, command.name).toBe(names.length);
    }
  });

  test("finds two words before one", () => {
    expect(findCommand(["locks", "clean"])?.spec.name).toBe("locks clean");
    expect(findCommand(["locks"])?.spec.name).toBe("locks");
    expect(findCommand(["db"])).toBeNull();
  });

  test("help names every command and every option", () => {
    const general = generalHelp(PLAIN).join("\n");
    // Each in a group of its own subject.
    expect(general).not.toMatch(/^More$/m);
    for (const command of visibleCommands()) {
      expect(general).toContain(`  ${command.name} `);
      const help = commandHelp(command, null, PLAIN).join("\n");
      for (const option of [...command.options, ...GLOBAL_OPTIONS]) expect(help).toContain(`--${option.name}`);
    }
  });
});

describe("completion", () => {
  const sources = {
    workflows: async () => ["brief", "market-research"],
    generators: async () => ["narratives"],
    generatorOptions: async () => [{ name: "cases", kind: "text" as const, about: "" }],
    datasets: async () => ["mails"],
    inputOptions: async () => [{ name: "country", kind: "text" as const, about: "", choices: ["Norway", "Japan"] }],
    runIds: async () => ["run-1", "run-2"],
  };
  const after = (...words: string[]) =>
    candidatesFor(words, { findCommand, visibleCommands, globalOptions: GLOBAL_OPTIONS }, sources);

  test("offers commands, second words, workflows, runs and shells where they belong", async () => {
    expect(await after("re")).toEqual(["resume", "restart", "recover"]);
    expect(await after("db", "")).toEqual(["migrate", "backup", "compact", "copy"]);
    expect(await after("locks", "c")).toEqual(["clean"]);
    expect(await after("start", "b")).toEqual(["brief"]);
    expect(await after("show", "")).toEqual(["run-1", "run-2", "@last"]);
    expect(await after("diff", "run-1", "run")).toEqual(["run-1", "run-2"]);
    expect(await after("completion", "")).toEqual(["bash", "zsh", "fish"]);
    expect(await after("__")).toEqual([]);
    expect(await after("datasets", "")).toEqual(["ingest", "verify", "delete", "erase"]);
    expect(await after("datasets", "verify", "")).toEqual(["mails"]);
    expect(await after("generate", "n")).toEqual(["narratives"]);
    expect(await after("generate", "narratives", "--ca")).toEqual(["--cases="]);
  });

  test("offers options, those of the workflow's input, and the values of a closed list", async () => {
    expect(await after("start", "brief", "--cou")).toEqual(["--country="]);
    expect(await after("start", "brief", "--country=N")).toEqual(["--country=Norway"]);
    expect(await after("runs", "--status", "p")).toEqual(["paused"]);
    expect(await after("worker", "--workflow", "m")).toEqual(["market-research"]);
    expect(await after("logs", "run-1", "--f")).toEqual(["--follow"]);
    expect(await after("cleanup", "--status", "c")).toEqual(["completed", "cancelled"]);
    expect(await after("audit", "--action=re")).toEqual([
      "--action=resume",
      "--action=restart",
      "--action=resetRecoveries",
      "--action=recover",
      "--action=resolveCause",
      "--action=reopenCause",
    ]);
    expect(await after("health", "")).toEqual(["run-1", "run-2", "@last"]);
    expect(await after("worker", "--no-s")).toEqual(["--no-supervise"]);
  });
});

describe("exit codes", () => {
  test("follow from how a run stands", () => {
    const code = (status: Parameters<typeof exitCodeOfRun>[0]["status"], reason: string | null = null) =>
      exitCodeOfRun({ status, reason, through: null });
    expect([code("completed"), code("failed"), code("failed", "items_failed"), code("cancelled")]).toEqual([
      0, 1, 3, 1,
    ]);
    expect([code("paused"), code("queued"), code("running")]).toEqual([75, 75, 1]);
    // Only a run that was asked to go so far and did: a stage may give its pause any reason, "through" as well.
    expect(code("paused", "through")).toBe(75);
    expect(exitCodeOfRun({ status: "paused", reason: "through", through: "gather" })).toBe(0);
    expect(exitCodeOfRun({ status: "paused", reason: "budget", through: "gather" })).toBe(75);
  });

  test("of a run that failed because of what it was given is that of the innermost problem", () => {
    const code = (error: RecordedError) =>
      exitCodeOfRun({ status: "failed", reason: "stage ingest", through: null, error });
    const row = { name: "RowInvalidError", message: "row 3", code: "ROW_INVALID" };
    const stage = {
      name: "StageFailedError",
      message: "",
      code: "STAGE_FAILED",
      details: { stage: "ingest", error: row },
    };
    expect(code(stage)).toBe(2);
    expect(code({ name: "Error", message: "", cause: stage })).toBe(2);
    expect(code({ name: "Error", message: "", code: "RUN_LOCKED" })).toBe(6);
    const missing = { name: "Error", message: "", code: "ENOENT" };
    expect(code({ name: "SourceUnreadableError", message: "", code: "SOURCE_UNREADABLE", cause: missing })).toBe(2);
    expect(code({ name: "Error", message: "", code: "NOT_JSON" })).toBe(1);
    expect(code({ name: "Error", message: "", code: "ENOENT" })).toBe(1);
  });

  test("follow from an error's code, whatever copy of a class it is; anything else is 1", () => {
    expect(exitCodeOfError(new BadRunIdError({ runId: "../x" }))).toBe(2);
    expect(exitCodeOfError(Object.assign(new Error("x"), { code: "RUN_LOCKED" }))).toBe(6);
    expect(exitCodeOfError(Object.assign(new Error("x"), { code: "toString" }))).toBe(1);
    expect(exitCodeOfError(null)).toBe(1);
  });
});

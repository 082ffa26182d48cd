import { describe, expect, test } from "vitest";
import { Args, looseWords, normalName, type OptionSpec, parseArgs } from "./args.js";

const OPTIONS: readonly OptionSpec[] = [
  { name: "run-id", kind: "text", value: "ID", about: "" },
  { name: "json", kind: "flag", about: "" },
  { name: "yes", kind: "flag", about: "", short: "y" },
  { name: "set", kind: "list", about: "" },
  { name: "labels", kind: "text", about: "" },
  { name: "labels.*", kind: "text", about: "" },
];
const parse = (...tokens: string[]) => parseArgs(tokens, OPTIONS);

describe("reading a command line", () => {
  test("takes a value after a space or an equals sign, and the last one wins", () => {
    expect(parse("--run-id", "a").values.get("run-id")).toBe("a");
    expect(parse("--run-id=a", "--run-id=b=c").values.get("run-id")).toBe("b=c");
    expect(parse("--run-id=").values.get("run-id")).toBe("");
  });

  test("takes kebab-case, camelCase and snake_case of a name as one", () => {
    for (const name of ["--run-id", "--runId", "--run_id"]) expect(parse(`${name}=a`).values.get("run-id")).toBe("a");
    expect(normalName("maxErrorRate")).toBe("max-error-rate");
    expect(normalName("incident_id")).toBe("incident-id");
  });

  test("reads flags, negated flags, flags with a word and short flags", () => {
    expect(parse("--json").values.get("json")).toBe(true);
    expect(parse("--no-json").values.get("json")).toBe(false);
    expect(parse("--json=off").values.get("json")).toBe(false);
    expect(parse("-y").values.get("yes")).toBe(true);
    expect(() => parse("--json=maybe")).toThrow('"maybe" is neither');
  });

  test("a flag does not swallow the word after it", () => {
    expect(parse("--json", "brief").positionals).toEqual(["brief"]);
  });

  test("a repeatable option takes the words that follow, once the command has its own", () => {
    const twoWords = (...tokens: string[]) => parseArgs(tokens, OPTIONS, 1);
    expect(twoWords("start", "--set", "a", "b", "--json", "--set=c")).toEqual({
      positionals: ["start"],
      values: new Map<string, unknown>([
        ["set", ["a", "b", "c"]],
        ["json", true],
      ]),
    });
    expect(twoWords("--set", "a", "start").positionals).toEqual(["start"]);
    expect(parse("start", "--set", "a", "b").positionals).toEqual(["start", "b"]);
  });

  test("collects repeated options in order", () => {
    expect(parse("--set", "a=1", "--set=b=2").values.get("set")).toEqual(["a=1", "b=2"]);
  });

  test("takes a lone dash and negative numbers as values, and another option not", () => {
    expect(parse("--run-id", "-").values.get("run-id")).toBe("-");
    expect(parse("--run-id", "-3.5").values.get("run-id")).toBe("-3.5");
    expect(() => parse("--run-id", "--json")).toThrow("--run-id needs a value: --run-id=ID.");
    expect(() => parse("--run-id")).toThrow("needs a value");
  });

  test("ends the options at two dashes", () => {
    expect(parse("--", "--json", "x")).toEqual({ positionals: ["--json", "x"], values: new Map() });
  });

  test("refuses an unknown option and names the nearest", () => {
    expect(() => parse("--run-di=1")).toThrow("Unknown option --run-di. Did you mean --run-id?");
    expect(() => parse("--completely-else")).toThrow(/^Unknown option --completely-else\.$/);
    expect(() => parse("-x")).toThrow("Unknown option -x.");
  });

  test("keeps the fields of an open record apart", () => {
    const { values } = parse("--labels.colour=red", "--labels.size=3");
    expect([...values]).toEqual([
      ["labels.colour", "red"],
      ["labels.size", "3"],
    ]);
  });

  test("finds the words among options it does not know", () => {
    expect(looseWords(["--run-id", "r1", "brief", "--topic=x", "--json"], OPTIONS)).toEqual(["brief"]);
  });
});

describe("typed options", () => {
  const args = (...tokens: string[]) => new Args(parse(...tokens));

  test("counts are whole numbers within their range", () => {
    expect(args("--run-id=7").count("run-id", { min: 1 })).toBe(7);
    expect(args().count("run-id", { min: 1 })).toBeUndefined();
    for (const text of ["0", "1.5", "x", "1e3", "501", ""]) {
      expect(() => args(`--run-id=${text}`).count("run-id", { min: 1, max: 500 })).toThrow(
        `a whole number of at least 1 and at most 500 is expected, "${text}" was given`,
      );
    }
  });

  test("amounts may have fractions, and 0 only where it is meant", () => {
    expect(args("--run-id=0.5").amount("run-id", "days", "from 0")).toBe(0.5);
    expect(args("--run-id=0").amount("run-id", "days", "from 0")).toBe(0);
    expect(args().amount("run-id", "days", "from 0")).toBeUndefined();
    for (const text of ["0", "0.0", "-1", "1e3", "x", "Infinity", ""]) {
      expect(() => args(`--run-id=${text}`).amount("run-id", "days", "over 0")).toThrow(
        `--run-id: a number of days over 0 is expected, "${text}" was given`,
      );
    }
    expect(args("--run-id=3650").amount("run-id", "days", "over 0")).toBe(3_650);
    expect(() => args("--run-id=3650.1").amount("run-id", "days", "over 0")).toThrow(
      '--run-id: at most 3650 days (10 years) are expected, "3650.1" was given',
    );
    expect(() => args("--run-id=999999999").amount("run-id", "minutes", "over 0")).toThrow("at most 5256000 minutes");
  });

  test("a closed list refuses other words with the nearest one", () => {
    expect(args("--run-id=paused").oneOf("run-id", ["paused", "failed"])).toBe("paused");
    expect(() => args("--run-id=pausd").oneOf("run-id", ["paused", "failed"])).toThrow("Did you mean paused?");
  });

  test("a needed text may not be empty", () => {
    expect(() => args("--run-id= ").neededText("run-id", "why")).toThrow("--run-id is needed: why.");
  });
});

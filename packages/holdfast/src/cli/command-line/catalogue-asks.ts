/** The commands of signals and questions, as data. */
import { type CommandSpec, list, RUN, text, word } from "../command-spec.js";
import { GLOBAL_OPTIONS } from "./global-options.js";

const DATA = text("data", "JSON", "JSON, or @ and the name of a file with JSON");

const ANSWER_OPTIONS = [
  DATA,
  list("set", "FIELD=VALUE", "set one field of the answer; --FIELD=VALUE does the same"),
  text("note", "TEXT", "why, for the run's history and the audit log"),
];

/** Every other option is a field of the answer: only the question knows which there are. */
function fieldsAsSets(tokens: readonly string[]): readonly string[] {
  const known = new Set([...ANSWER_OPTIONS, ...GLOBAL_OPTIONS].map(({ name }) => name));
  return tokens.map((token) => {
    const found = /^--(?:(no-)?)([A-Za-z_][\w.-]*)(?:=(.*))?$/s.exec(token);
    if (found === null) return token;
    const [, no, name = "", value] = found;
    if (known.has(name) || known.has(`${no ?? ""}${name}`)) return token;
    return `--set=${name}=${value ?? (no === undefined ? "true" : "false")}`;
  });
}

export const ASK_COMMANDS: readonly CommandSpec[] = [
  {
    name: "signal",
    summary: "send a signal to a run that waits for it, or will",
    positionals: [RUN, word("name", "the signal, as the workflow declares it")],
    options: [
      { ...DATA, about: "the payload: JSON, or @ and the name of a file with JSON (default null)" },
      text("id", "ID", "the same ID is taken once in the life of the run"),
    ],
    load: () => import("../commands/signal.js"),
  },
  {
    name: "asks",
    summary: "list the questions that runs ask, oldest first",
    positionals: [],
    options: [
      text("run", "RUN", "only questions of this run"),
      text("owner", "NAME", "only questions of this owner's runs"),
      text("limit", "N", "maximum number of questions (default 100, at most 1000)"),
    ],
    load: () => import("../commands/asks.js"),
  },
  {
    name: "answer",
    summary: "answer a question of a run, once: --FIELD=VALUE for each field",
    positionals: [RUN, word("question", "the question, as `holdfast asks` names it")],
    options: ANSWER_OPTIONS,
    respell: fieldsAsSets,
    load: () => import("../commands/answer.js"),
  },
];

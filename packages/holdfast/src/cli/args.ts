/**
 * Parses command lines against options declared as data. Pure: no process, no output.
 *
 * Rules: `--name value`, `--name=value`, `--flag`, `--no-flag`; kebab-case, camelCase and snake_case of a name are equal;
 * `--` ends the options; an unknown option is refused with the nearest name. Options declared later (the fields of a
 * workflow's input) are looked up after the command's own. A repeatable option also takes the words that follow it, once
 * the command has all its own words: `start simulation --years 2024 2025`.
 */
import { DURATION_MAX_MS, readDurationMs, WrongUseError } from "@holdfast/core";
import { didYouMean } from "../suggest.js";

/** Units of durations in options. */
const UNIT_MS = { minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const;

/** flag: true or false; text: one value, the last wins; list: repeatable. */
export type OptionKind = "flag" | "text" | "list";

export interface OptionSpec {
  /** Without dashes, in kebab-case for the command's own; a field's flag may have dots. */
  readonly name: string;
  readonly kind: OptionKind;
  /** Placeholder of the value in help: "ID". */
  readonly value?: string | undefined;
  readonly about: string;
  readonly short?: string | undefined;
  /** Values to offer in completion. */
  readonly choices?: readonly string[] | undefined;
}

export interface PositionalSpec {
  readonly name: string;
  readonly isRequired: boolean;
  readonly about: string;
  /** Any number of words; the last of a command. */
  readonly isRepeated?: boolean | undefined;
}

export type OptionValue = string | boolean | readonly string[];

export interface ParsedArgs {
  readonly positionals: readonly string[];
  /** By the name as declared. */
  readonly values: ReadonlyMap<string, OptionValue>;
}

/** One spelling for `maxErrorRate`, `max_error_rate` and `max-error-rate`. */
export function normalName(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();
}

interface MatchedOption {
  readonly spec: OptionSpec;
  readonly isNegated: boolean;
}

function lookUp(name: string, options: readonly OptionSpec[]): MatchedOption | null {
  const exact = options.find((option) => option.name === name);
  if (exact) return { spec: exact, isNegated: false };
  const wanted = normalName(name);
  const alike = options.find((option) => normalName(option.name) === wanted);
  if (alike) return { spec: alike, isNegated: false };
  // A record's fields: `--labels.colour=red` belongs to the option `labels.*`.
  const open = options.find(
    (option) => option.name.endsWith(".*") && wanted.startsWith(normalName(option.name.slice(0, -1))),
  );
  if (open) return { spec: { ...open, name: name, kind: "text" }, isNegated: false };
  if (!wanted.startsWith("no-")) return null;
  const positive = options.find((option) => option.kind === "flag" && normalName(option.name) === wanted.slice(3));
  return positive ? { spec: positive, isNegated: true } : null;
}

const TRUE_WORDS = ["true", "yes", "1", "on"];
const FALSE_WORDS = ["false", "no", "0", "off"];

export function parseBoolean(text: string): boolean | null {
  const word = text.toLowerCase();
  return TRUE_WORDS.includes(word) ? true : FALSE_WORDS.includes(word) ? false : null;
}

/** Whether a token can be an option's value: not an option itself, but "-" (standard input) and negative numbers are. */
function isValue(token: string | undefined): token is string {
  return token !== undefined && (!token.startsWith("-") || token === "-" || /^-[\d.]/.test(token));
}

/**
 * Parses tokens. `wordsMax` is the number of words without dashes that the command accepts.
 * @throws {WrongUseError} WRONG_USE — for an unknown option, a missing value, or an invalid value of a flag.
 */
export function parseArgs(
  tokens: readonly string[],
  options: readonly OptionSpec[],
  wordsMax = Number.POSITIVE_INFINITY,
): ParsedArgs {
  const positionals: string[] = [];
  const values = new Map<string, OptionValue>();
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? "";
    if (token === "--") {
      positionals.push(...tokens.slice(i + 1));
      break;
    }
    if (!token.startsWith("-") || token === "-") {
      positionals.push(token);
      continue;
    }
    const { name, inline, found } = readOption(token, options);
    if (found.spec.kind === "flag") {
      values.set(found.spec.name, flagValue(name, inline, found.isNegated));
      continue;
    }
    let value = inline;
    if (value === undefined) {
      const next = tokens[i + 1];
      if (!isValue(next)) {
        throw new WrongUseError({ problem: `${name} needs a value: ${name}=${found.spec.value ?? "VALUE"}.` });
      }
      value = next;
      i++;
    }
    if (found.spec.kind !== "list") {
      values.set(found.spec.name, value);
      continue;
    }
    const before = values.get(found.spec.name);
    const list = [...(Array.isArray(before) ? (before as string[]) : []), value];
    while (positionals.length >= wordsMax && isValue(tokens[i + 1])) list.push(tokens[++i] as string);
    values.set(found.spec.name, list);
  }
  return { positionals, values };
}

function readOption(token: string, options: readonly OptionSpec[]) {
  const cut = token.indexOf("=");
  const name = cut < 0 ? token : token.slice(0, cut);
  const inline = cut < 0 ? undefined : token.slice(cut + 1);
  const found = name.startsWith("--") ? lookUp(name.slice(2), options) : shortOption(name, options);
  if (!found) {
    const names = options.filter((option) => !option.name.endsWith(".*")).map((option) => option.name);
    throw new WrongUseError({
      problem: `Unknown option ${name}.${didYouMean(name.replace(/^-+/, ""), names, "--")}`,
    });
  }
  return { name, inline, found };
}

function shortOption(name: string, options: readonly OptionSpec[]): MatchedOption | null {
  const spec = options.find((option) => option.short !== undefined && `-${option.short}` === name);
  return spec ? { spec, isNegated: false } : null;
}

function flagValue(name: string, inline: string | undefined, isNegated: boolean): boolean {
  if (inline === undefined) return !isNegated;
  const value = parseBoolean(inline);
  if (value === null || isNegated) {
    throw new WrongUseError({ problem: `${name} is a yes-or-no option; "${inline}" is neither (use true or false).` });
  }
  return value;
}

/**
 * Returns the words that are not options, before all options are known: values of known options are skipped, and unknown
 * options are assumed to have none. This is enough to find the workflow whose fields then become options.
 */
export function looseWords(tokens: readonly string[], options: readonly OptionSpec[]): readonly string[] {
  const words: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? "";
    if (token === "--") return [...words, ...tokens.slice(i + 1)];
    if (!token.startsWith("-") || token === "-") {
      words.push(token);
      continue;
    }
    const found = token.startsWith("--") ? lookUp(token.slice(2), options) : shortOption(token, options);
    if (found && found.spec.kind !== "flag" && isValue(tokens[i + 1])) i++;
  }
  return words;
}

function checkOneOf<const T extends string>(name: string, text: string, allowed: readonly T[]): T {
  if ((allowed as readonly string[]).includes(text)) return text as T;
  const hint = didYouMean(text, allowed);
  throw new WrongUseError({ problem: `--${name}: "${text}" is not one of ${allowed.join(", ")}.${hint}` });
}

/** Typed access to the parsed options, with the messages for wrong values in one place. */
/** An option as it is typed. */
function wordsOf(name: string, value: OptionValue): readonly string[] {
  if (value === true) return [`--${name}`];
  if (value === false) return [`--no-${name}`];
  return (typeof value === "string" ? [value] : value).map((one) => `--${name}=${one}`);
}

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;
/** A command of two words stays two words. */
const quoted = (word: string, at: number) =>
  PLAIN.test(word) || at === 1 ? word : `'${word.replaceAll("'", `'\\''`)}'`;

export class Args {
  constructor(private readonly parsed: ParsedArgs) {}

  get positionals(): readonly string[] {
    return this.parsed.positionals;
  }

  /** Returns the positional at `index`; the command's declaration guarantees that it exists. */
  word(index: number): string {
    return this.parsed.positionals[index] ?? "";
  }

  /**
   * Returns the given command line with other options, quoted for a shell; `undefined` leaves an option out.
   */
  again(command: string, change: Readonly<Record<string, string | undefined>>): string {
    const kept = [...this.parsed.values].filter(([name]) => !Object.hasOwn(change, name));
    const added = Object.entries(change).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const words = [
      ...kept.flatMap(([name, value]) => wordsOf(name, value)),
      ...added.flatMap(([n, v]) => wordsOf(n, v)),
    ];
    return ["holdfast", command, ...this.parsed.positionals, ...words].map(quoted).join(" ");
  }

  text(name: string): string | undefined {
    const value = this.parsed.values.get(name);
    return typeof value === "string" ? value : undefined;
  }

  /** @throws {WrongUseError} WRONG_USE — if the option is missing or empty. */
  neededText(name: string, about: string): string {
    const value = this.text(name)?.trim();
    if (value === undefined || value === "") throw new WrongUseError({ problem: `--${name} is needed: ${about}.` });
    return value;
  }

  flag(name: string): boolean {
    return this.parsed.values.get(name) === true;
  }

  list(name: string): readonly string[] {
    const value = this.parsed.values.get(name);
    return Array.isArray(value) ? (value as readonly string[]) : [];
  }

  /** A whole number from `min`. @throws {WrongUseError} WRONG_USE */
  count(name: string, range: { min: number; max?: number | undefined }): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    const isIn = /^\d+$/.test(text) && value >= range.min && value <= (range.max ?? Number.MAX_SAFE_INTEGER);
    if (!isIn) {
      const expected = `a whole number of at least ${range.min}${range.max === undefined ? "" : ` and at most ${range.max}`}`;
      throw new WrongUseError({ problem: `--${name}: ${expected} is expected, "${text}" was given.` });
    }
    return value;
  }

  /** A duration as people write it: 90s, 15m, 2h, 3d. @throws {WrongUseError} WRONG_USE */
  duration(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const ms = readDurationMs(text);
    if (ms !== null) return ms;
    throw new WrongUseError({
      problem: `--${name}: a duration of at most 10 years is expected, such as 90s, 15m, 2h or 3d; "${text}" was given.`,
    });
  }

  /** An instant as ISO 8601 writes it, with its zone: milliseconds UTC. @throws {WrongUseError} WRONG_USE */
  instant(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const ms = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text)
      ? Date.parse(text)
      : Number.NaN;
    if (!Number.isNaN(ms)) return ms;
    throw new WrongUseError({
      problem: `--${name}: an instant with its zone is expected, such as 2027-01-31T06:00:00Z or 2027-01-31T06:00+01:00; "${text}" was given.`,
    });
  }

  /** A duration of at most ten years, fractions allowed, from 0 or above it. @throws {WrongUseError} WRONG_USE */
  amount(name: string, unit: keyof typeof UNIT_MS, range: "from 0" | "over 0"): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    const refuse = (expected: string): never => {
      throw new WrongUseError({ problem: `--${name}: ${expected} expected, "${text}" was given.` });
    };
    if (!/^\d{1,9}(\.\d+)?$/.test(text) || (range === "over 0" && value === 0))
      refuse(`a number of ${unit} ${range} is`);
    const max = DURATION_MAX_MS / UNIT_MS[unit];
    if (value > max) refuse(`at most ${max} ${unit} (10 years) are`);
    return value;
  }

  /** Returns the values of a repeated option, each from a closed list; undefined if it was not given. @throws {WrongUseError} WRONG_USE */
  someOf<const T extends string>(name: string, allowed: readonly T[]): readonly T[] | undefined {
    const texts = this.list(name);
    return texts.length === 0 ? undefined : texts.map((text) => checkOneOf(name, text, allowed));
  }

  /** Returns a value from a closed list. @throws {WrongUseError} WRONG_USE */
  oneOf<const T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : checkOneOf(name, text, allowed);
  }

  entries(): Iterable<readonly [string, OptionValue]> {
    return this.parsed.values;
  }
}

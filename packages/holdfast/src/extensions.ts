/**
 * What a project registers beside its workflows: makers of sample data for `holdfast generate`, and comparisons of two
 * runs for `holdfast diff`. The command knows neither; both are given here by name. Types and the checks of their shape.
 */

/** One option of a generator: a flag of `holdfast generate <what>`. */
export interface GeneratorOption {
  /** What it is for, shown by `--help`. */
  readonly about: string;
  /** Type of its values. */
  readonly type: "text" | "integer" | "number" | "boolean";
  /** Taken when the flag is left out; without one the flag is needed. */
  readonly default?: string | number | boolean | undefined;
}

/** Options of a generator by name, converted and with their defaults. */
export type GeneratorValues = Readonly<Record<string, string | number | boolean>>;

/** What a generator gets besides its options. */
export interface GeneratorContext {
  /** Aborts on Ctrl-C; a generator that is aborted leaves no file. */
  readonly signal: AbortSignal;
  /** Shows how far it is: `done` of `total` units. */
  readonly onProgress: (done: number, total: number) => void;
}

/** What was made: printed as it is under `--json`. */
export interface Generated {
  /** Absolute path of the file. */
  readonly file: string;
  /** Rows in the file. */
  readonly rows: number;
}

/**
 * A maker of sample data.
 *
 * `run` gets the file's absolute path (from `--out`, which every generator has) and its own options, converted and with
 * their defaults. A `RangeError` that it throws is the user's mistake, told as such. Import what is heavy inside `run`.
 */
export interface Generator {
  /** What it makes, shown by `--help`. */
  readonly description: string;
  /** Its options by name. */
  readonly options: Readonly<Record<string, GeneratorOption>>;
  /** Makes the file. */
  readonly run: (file: string, values: GeneratorValues, context: GeneratorContext) => Promise<Generated>;
}

export type { ComparedRun, ComparisonReport, ComparisonScope, LoadComparison, RunComparison } from "@holdfast/engine";

const OPTION_TYPES = ["text", "integer", "number", "boolean"];
const NAME_PATTERN = /^[a-z][a-z0-9-]*$/;

/** What is wrong with the registered generators or comparisons; null when nothing is. */
export function findExtensionProblem(config: {
  readonly generators?: unknown;
  readonly comparisons?: unknown;
}): { readonly key: string; readonly problem: string } | null {
  const problem = findGeneratorProblem(config.generators);
  if (problem !== null) return { key: "generators", problem: `generators${problem}` };
  const { comparisons } = config;
  if (comparisons === undefined) return null;
  if (!isObject(comparisons)) {
    return { key: "comparisons", problem: "comparisons: an object is expected: { workflow: () => … }" };
  }
  const wrong = Object.entries(comparisons).find(([, load]) => typeof load !== "function");
  if (wrong === undefined) return null;
  return {
    key: "comparisons",
    problem: `comparisons.${wrong[0]}: a function that returns the comparison is expected`,
  };
}

function findGeneratorProblem(generators: unknown): string | null {
  if (generators === undefined) return null;
  if (!isObject(generators)) return ": an object is expected: { name: { description, options, run } }";
  for (const [name, generator] of Object.entries(generators)) {
    if (!NAME_PATTERN.test(name)) return `.${name}: a name of lower-case letters, digits and "-" is expected`;
    const { description, options, run } = isObject(generator) ? generator : {};
    if (typeof description !== "string" || typeof run !== "function" || !isObject(options)) {
      return `.${name}: { description, options, run } is expected`;
    }
    for (const [option, spec] of Object.entries(options)) {
      if (option === "out") return `.${name}.options.out: every generator already has --out`;
      if (!isObject(spec) || !OPTION_TYPES.includes(String(spec.type)) || typeof spec.about !== "string") {
        return `.${name}.options.${option}: { about, type: "${OPTION_TYPES.join('" | "')}" } is expected`;
      }
    }
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

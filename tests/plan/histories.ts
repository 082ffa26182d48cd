/**
 * Random histories of one run: how it began, which resumes followed and where they were interrupted, and the resume
 * that is planned.
 */
import fc from "fast-check";

export interface Input {
  readonly prompt: string;
  readonly note: string;
  readonly limit: number;
  readonly maxFailed: number;
}

export interface How {
  readonly only?: string;
  readonly accept?: "reuse" | "redo";
  readonly through?: string;
  readonly input?: Input;
}

export interface Move {
  readonly how: How;
  /** How many rows are added to the dataset's file, one of its rows changing too; null if it stays the same. */
  readonly file: number | null;
  readonly faults: readonly string[];
  readonly stopAt: number | null;
}

const input: fc.Arbitrary<Input> = fc.record({
  prompt: fc.constantFrom("one", "two"),
  note: fc.constantFrom("n", "nn"),
  limit: fc.constantFrom(6, 9, 100),
  maxFailed: fc.constantFrom(0, 0, 2, 50),
});

const only = fc.constantFrom(
  undefined,
  undefined,
  "missing",
  "errors",
  "errors:other",
  "errors:timeout",
  "stale",
  'keys:["r1:a","n2","r4:b","n5"]',
);
const maybe = <T>(of: fc.Arbitrary<T>, freq = 2) => fc.option(of, { nil: undefined, freq });

function how(stages: readonly string[]): fc.Arbitrary<How> {
  return fc
    .record({
      only,
      accept: fc.constantFrom(undefined, undefined, "reuse" as const, "redo" as const),
      through: maybe(fc.constantFrom(...stages), 1),
      input: maybe(input),
    })
    .map((given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as How);
}

const NAMES = {
  declared: ["read", "judge", "score", "even", "tell"],
  free: ["read", "judge", "score", "even", "tell"],
  beside: ["note", "list", "late", "end"],
  once: ["once", "note", "end"],
} as const;
const KEYS = ["r1:a", "r2:b", "r4:a", "n1", "n2", "n4"];

function move(stages: readonly string[], isThrough: boolean): fc.Arbitrary<Move> {
  return fc.record({
    how: isThrough ? how(stages) : how(stages).map(({ through: _, ...rest }) => rest),
    file: fc.constantFrom(null, null, null, 0, 2),
    faults: fc.uniqueArray(fc.constantFrom(...stages, ...KEYS, ...KEYS), { maxLength: 3 }),
    stopAt: fc.constantFrom(null, null, 1, 3, 5),
  });
}

export const arbitraryHistory = fc.constantFrom(...(Object.keys(NAMES) as (keyof typeof NAMES)[])).chain((workflow) => {
  const stages = NAMES[workflow];
  const isThrough = workflow !== "free";
  return fc.record({
    workflow: fc.constant(workflow),
    first: fc.record({
      input,
      rows: fc.integer({ min: 3, max: 7 }),
      through: isThrough ? maybe(fc.constantFrom(...stages), 1) : fc.constant(undefined),
      faults: fc.uniqueArray(fc.constantFrom(...stages, ...KEYS, ...KEYS), { maxLength: 3 }),
      stopAt: fc.constantFrom(null, null, 1, 3, 5),
    }),
    moves: fc.array(move(stages, isThrough), { maxLength: 3 }),
    last: move(stages, isThrough),
  });
});

// The ranking as CSV and as JSON, streamed, each file whole or not at all. The order of the columns is a contract with
// whoever reads the CSV; a criterion has two, its points and its reason, in the order of the profile.
import { csvLine, writeWholeText } from "holdfast/extend";
import type { Profile } from "../profile/schema.js";
import type { OfData } from "../prospect/synthetic.js";
import type { RankedRow } from "./rows.js";

interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
}

const FIRST_COLUMNS = ["rank", "key", "company", "tier", "score", "known_percent"] as const;
const LAST_COLUMNS = ["disqualified_by", "to_check", "method", "error"] as const;

/** `data` is there only where the prospects are invented. */
export function rankedColumns({ criteria }: Profile, { data }: OfData = {}): string[] {
  const reasons = criteria.flatMap(({ id }) => [`${id}_points`, `${id}_why`]);
  return [...FIRST_COLUMNS, ...reasons, ...LAST_COLUMNS, ...(data === undefined ? [] : ["data"])];
}

/** Text cells can never be formulas; lists are joined by `; `. Resolves to the rows written. */
export async function writeRankedCsv(
  path: string,
  rows: AsyncIterable<RankedRow>,
  { profile, data }: { readonly profile: Profile } & OfData,
  { signal }: WriteOptions = {},
): Promise<number> {
  let count = 0;
  async function* pieces() {
    yield csvLine(rankedColumns(profile, { data }));
    for await (const row of rows) {
      count++;
      const reasons = profile.criteria.flatMap(({ id }) => {
        const judged = row.criteria[id];
        return [judged?.points, judged?.why];
      });
      const { disqualified_by, to_check, method, error } = row;
      yield csvLine([
        ...FIRST_COLUMNS.map((column) => row[column]),
        ...reasons,
        disqualified_by.join("; "),
        to_check.join("; "),
        method,
        error,
        ...(data === undefined ? [] : [data]),
      ]);
    }
  }
  await writeWholeText(path, pieces(), { signal });
  return count;
}

/** One JSON array, a row a line. */
export async function writeRankedJson(
  path: string,
  rows: AsyncIterable<RankedRow>,
  { signal }: WriteOptions = {},
): Promise<void> {
  async function* pieces() {
    let separator = "[\n";
    for await (const row of rows) {
      yield separator + JSON.stringify(row);
      separator = ",\n";
    }
    yield separator === "[\n" ? "[]\n" : "\n]\n";
  }
  await writeWholeText(path, pieces(), { signal });
}

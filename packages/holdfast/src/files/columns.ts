/** Reads the columns of a file before it becomes a dataset, so that requested columns can be matched with them. */
import { openSource } from "@holdfast/dataset-files";

/**
 * Returns the columns of a table (.xlsx, .csv, .tsv, .jsonl, .parquet) in their order; for .jsonl, those of its first row. Reads the
 * file's bytes once, and no row after the header.
 * @throws {SourceUnreadableError} SOURCE_UNREADABLE
 */
export async function readColumns(
  path: string,
  options: {
    /** Sheet of a workbook. Default: the first visible one. */
    readonly sheet?: string | undefined;
    /** Encoding of a text file, or "detect". Default: UTF-8. */
    readonly encoding?: string | undefined;
    /** Stops reading. Default: none. */
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<readonly string[]> {
  const source = await openSource(path, options);
  await source.close();
  return source.columns;
}

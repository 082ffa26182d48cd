/** `dataset` in a stage's context: ingesting a file, opening what was ingested before. */
import { DatasetNotFoundError, type DatasetRecord, plural, type RunId, type Store } from "@holdfast/core";
import type { StandardSchemaV1 as Schema } from "@standard-schema/spec";
import type { Datasets, IngestOptions } from "../context.js";
import type { StageSignal } from "../interrupted.js";
import type { DatasetRef } from "../refs.js";
import { ingestDataset } from "./ingest.js";

export interface DatasetsOf {
  readonly runId: RunId;
  readonly stage: string;
  readonly signal: StageSignal;
  /** Take changed files in place of what was read before, for this reason. */
  readonly repinReason: string | undefined;
  readonly log: (message: string, data?: unknown) => void;
  readonly setLabel: (label: string) => void;
}

export function makeDatasets(store: Store, of: DatasetsOf): Datasets {
  const toRef = (record: DatasetRecord): DatasetRef<never> => ({
    kind: "dataset",
    runId: of.runId,
    stage: of.stage,
    digest: record.contentSha256,
    name: record.name,
    rows: record.rowCount,
  });
  return {
    async ingest<Row>(name: string, file: string, options: IngestOptions<Row>): Promise<DatasetRef<Row>> {
      const { record, isNew, warnings } = await ingestDataset(store, {
        name,
        file,
        key: options.key,
        schema: options.schema as Schema<unknown, unknown>,
        onBadRow: options.onBadRow ?? "fail",
        sheet: options.sheet,
        repinReason: of.repinReason,
        signal: of.signal,
        onProgress: (rowCount) => of.setLabel(`${of.stage} · ${plural(rowCount, "row")} read`),
      });
      const { version, rowCount, fileSha256, contentSha256, skipped } = record;
      const found = isNew ? "read from the file" : "found in the database, the file was not read as rows";
      of.log(`dataset ${name} version ${version}: ${plural(rowCount, "row")}, ${found}`, { fileSha256, contentSha256 });
      if (skipped.length > 0)
        of.log(`${plural(skipped.length, "row was", "rows were")} skipped`, { skipped: skipped.slice(0, 100) });
      for (const { rowNumber, column, message } of warnings.slice(0, 100)) of.log(message, { rowNumber, column });
      return toRef(record);
    },
    async open<Row>(name: string): Promise<DatasetRef<Row>> {
      const record = await store.getDataset(name);
      if (record === null) throw new DatasetNotFoundError({ dataset: name });
      return toRef(record);
    },
  };
}

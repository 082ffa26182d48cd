/** `dataset` in a stage's context: ingesting a file, opening what was ingested before. */
import {
  DatasetChangedError,
  type DatasetRecord,
  type OptionNames,
  plural,
  refuseUnknownOptions,
} from "@holdfast/core";
import type { StandardSchemaV1 as Schema } from "@standard-schema/spec";
import type { Execution } from "../run/execution.js";
import type { Datasets, IngestOptions } from "../workflow/context.js";
import type { StageSignal } from "../workflow/interrupted.js";
import type { DatasetRef } from "../workflow/refs.js";
import { type DatasetPorts, type IngestAnswer, ingestDataset } from "./ingest.js";
import { openDataset } from "./open-dataset.js";
import { noteUse } from "./uses.js";

export interface DatasetScope {
  readonly execution: Execution;
  readonly stage: string;
  readonly attempt: number;
  readonly signal: StageSignal;
  readonly log: (message: string, data?: unknown) => void;
  readonly setLabel: (label: string) => void;
}

const INGEST: OptionNames<IngestOptions<unknown>> = {
  key: true,
  schema: true,
  onBadRow: true,
  sheet: true,
  encoding: true,
  onChange: true,
};

export function makeDatasets(ports: DatasetPorts, scope: DatasetScope): Datasets {
  const { store } = ports;
  const { id: runId, directive } = scope.execution.subject.run;
  // Whoever accepts that recorded work is done again accepts what the files hold now.
  const changeReason = directive?.accept === "redo" ? "accepted by a resume" : undefined;
  /** The rows that an earlier attempt read, where a resume accepted to go on from them. */
  const reuse = (record: DatasetRecord | null, error: unknown): IngestAnswer => {
    if (!(error instanceof DatasetChangedError) || directive?.accept !== "reuse" || record === null) throw error;
    return { record, isNew: false, warnings: [], since: null };
  };
  /** What this run has read under the name, in this generation: a new run reads what is there. */
  const readBefore = async (name: string): Promise<DatasetRecord | null> => {
    const uses = (await store.listDatasetUses(runId)).filter((use) => use.name === name);
    const use = uses.findLast((one) => one.stage === scope.stage) ?? uses.at(-1);
    return use === undefined ? null : store.getDataset(name, use.contentSha256);
  };
  const toRef = async (record: DatasetRecord): Promise<DatasetRef<never>> => {
    const { name, contentSha256 } = record;
    await noteUse(scope.execution, { stage: scope.stage, attempt: scope.attempt, name, contentSha256 });
    return wordRef(record);
  };
  const wordRef = (record: DatasetRecord): DatasetRef<never> => ({
    kind: "dataset",
    runId,
    stage: scope.stage,
    digest: record.contentSha256,
    name: record.name,
    rows: record.rowCount,
  });
  return {
    async ingest<Row>(name: string, file: string, options: IngestOptions<Row>): Promise<DatasetRef<Row>> {
      refuseUnknownOptions(`dataset.ingest ${name}`, options, INGEST);
      const before = await readBefore(name);
      const asked = {
        name,
        file,
        key: options.key,
        schema: options.schema as Schema<unknown, unknown>,
        onBadRow: options.onBadRow ?? "fail",
        sheet: options.sheet,
        encoding: options.encoding,
        onChange: options.onChange,
        readBefore: before,
        changeReason,
        signal: scope.signal,
        onProgress: (rowCount: number) => scope.setLabel(`${scope.stage} · ${plural(rowCount, "row")} read`),
      };
      const ingested = await ingestDataset(ports, asked).catch((error) => reuse(before, error));
      const { record, isNew, warnings, since } = ingested;
      const { version, rowCount, fileSha256, contentSha256, skipped } = record;
      const found = isNew ? "read from the file" : "found in the database, the file was not read as rows";
      scope.log(`dataset ${name} version ${version}: ${plural(rowCount, "row")}, ${found}`, {
        fileSha256,
        contentSha256,
      });
      if (since !== null) {
        const { changed, added, missing, firstKeys } = since.changes;
        const counts = `${changed} changed, ${added} added, ${missing} gone`;
        scope.log(`dataset ${name}: since version ${since.version}, ${counts}`, {
          changed,
          added,
          gone: missing,
          firstKeys,
        });
      }
      if (skipped.length > 0)
        scope.log(`${plural(skipped.length, "row was", "rows were")} skipped`, { skipped: skipped.slice(0, 100) });
      for (const { rowNumber, column, message } of warnings.slice(0, 100)) scope.log(message, { rowNumber, column });
      return toRef(record);
    },
    async skipped(ref) {
      return (await store.getDataset(ref.name, ref.digest))?.skipped ?? [];
    },
    async open<Row>(name: string, schema: Schema<unknown, Row>): Promise<DatasetRef<Row>> {
      return toRef(await openDataset(store, name, schema as Schema<unknown, unknown>, scope.signal));
    },
  };
}

/**
 * Reading a dataset file into the store, once. A second ingest of the same file touches the database only. A file that changed
 * since, or another file under the same name, is the dataset's next version, and what changed is counted. Refused is a change
 * under a run that has read the rows before, and any change where the caller wants none.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import {
  canonicalJson,
  DatasetChangedError,
  type DatasetFiles,
  type DatasetRecord,
  type DatasetRow,
  type OpenedSource,
  type Store,
  WrongUseError,
} from "@holdfast/core";
import type { StandardSchemaV1 as Schema } from "@standard-schema/spec";
import { sha256 } from "../base/hash.js";
import { ingestRows } from "./ingest-rows.js";
import { diffRows } from "./row-diff.js";
import { rowPages } from "./row-pages.js";
import { SeenKeys } from "./seen-keys.js";
import type { DatasetChanges, IngestReport } from "./storage-facade.js";

/** Where rows come from and where they go. */
export interface DatasetPorts {
  readonly store: Store;
  readonly datasetFiles: DatasetFiles;
}

export interface IngestRequest {
  readonly name: string;
  readonly file: string;
  readonly key: string | readonly string[];
  readonly schema: Schema<unknown, unknown>;
  readonly onBadRow: "fail" | "skip";
  /** What a file with other rows than the newest version is: its next version (the default), or refused. */
  readonly onChange?: "take" | "refuse" | undefined;
  /** The version that the run has read already: other rows are refused, whatever `onChange` says. */
  readonly readBefore?: DatasetRecord | null | undefined;
  /** Refuse a file at another path than the newest version's: the name was made from the file's own. */
  readonly isNameOfFile?: boolean | undefined;
  /** Take a changed file in any case, for this reason. */
  readonly changeReason?: string | undefined;
  readonly sheet?: string | undefined;
  readonly encoding?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((rowCount: number) => void) | undefined;
}

const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Answer of an ingest. */
export type IngestAnswer = IngestReport;

/**
 * @throws {SourceUnreadableError} SOURCE_UNREADABLE @throws {RowInvalidError} ROW_INVALID — by row; nothing is ingested.
 * @throws {DatasetChangedError} DATASET_CHANGED — with both checksums and the counts, where a change is refused.
 * @throws {WrongUseError} WRONG_USE — a name that cannot be one, or that was made from the name of a file elsewhere.
 */
export async function ingestDataset(ports: DatasetPorts, request: IngestRequest): Promise<IngestAnswer> {
  const { store, datasetFiles } = ports;
  const { name } = request;
  if (!NAME_PATTERN.test(name)) {
    throw new WrongUseError({
      problem: `"${name}" cannot name a dataset: letters, digits, ".", "_" and "-" are expected.`,
    });
  }
  const path = resolve(request.file);
  const fileSha256 = await datasetFiles.hash(path);
  const shape = shapeOf(request);
  const versions = (await store.listDatasets()).filter((record) => record.name === name);
  const newest = versions.at(-1);
  if (request.isNameOfFile && newest !== undefined && newest.path !== path) throw anotherFile(newest, path);
  const kept = request.readBefore ?? (request.onChange === "refuse" ? newest : undefined);
  const isKept = kept !== undefined && request.changeReason === undefined;
  const same = versions.findLast(
    (record) =>
      record.fileSha256 === fileSha256 &&
      record.shapeSha256 === shape &&
      // Of last night's file, gone since: a resume of this run would miss it.
      (record.path === path || existsSync(record.path)),
  );
  if (same !== undefined && (!isKept || same.contentSha256 === kept.contentSha256)) {
    return { record: same, isNew: false, warnings: [], since: null };
  }
  if (isKept) await refuseChanged(ports, request, path, kept);
  // The rows of an older version are back.
  if (same !== undefined) return { record: same, isNew: false, warnings: [], since: null };
  const { sheet, encoding, signal } = request;
  const source = await datasetFiles.open(path, { sheet, encoding, signal });
  try {
    const { record, warnings } = await writeDataset(store, source, request, path, shape);
    const before = isKept ? kept : newest;
    const since = before === undefined ? null : await compareVersions(store, record, before);
    return { record, isNew: true, warnings, since };
  } finally {
    await source.close();
  }
}

/** What besides the file decides the rows: the key, the rule for bad rows, and the schema as far as it can be told. */
function shapeOf({ key, onBadRow, sheet, encoding, schema }: IngestRequest): string {
  // Left out where nobody names one, so that files read before there was a choice are known again.
  const asked = encoding === undefined ? {} : { encoding };
  return sha256(canonicalJson({ key, onBadRow, sheet: sheet ?? null, ...asked, schema: describeSchema(schema) }));
}

function describeSchema(schema: Schema): unknown {
  const standard = schema["~standard"] as unknown as {
    jsonSchema?: { output?: (options: { target: string }) => unknown };
  };
  try {
    return standard.jsonSchema?.output?.({ target: "draft-2020-12" }) ?? null;
  } catch {
    return null; // a schema that JSON Schema cannot express (a transform): its change is not noticed here
  }
}

function anotherFile({ name, path }: DatasetRecord, found: string): WrongUseError {
  return new WrongUseError({
    problem:
      `Dataset ${name} was read from ${path}; ${found} is another file, and the name is only that of the file. ` +
      `--name=${name} takes it as the next version of that dataset, another name makes a dataset of its own`,
  });
}

/** Compare the file with a version. @throws {DatasetChangedError} unless the rows are the same. */
async function refuseChanged(
  { store, datasetFiles }: DatasetPorts,
  request: IngestRequest,
  path: string,
  before: DatasetRecord,
): Promise<void> {
  const { sheet, encoding, signal } = request;
  // Under another key no row is the same one: the key is the workflow's, and its change is told elsewhere.
  if (!hasSameKey(before.keyColumns, [request.key].flat())) return;
  const source = await datasetFiles.open(path, { sheet, encoding, signal });
  try {
    const changes = await compareWithDataset(store, source, request, before);
    if (changes.changed + changes.added + changes.missing === 0) return;
    const { name: dataset, fileSha256: recordedSha256 } = before;
    throw new DatasetChangedError({ dataset, path, recordedSha256, foundSha256: source.fileSha256, ...changes });
  } finally {
    await source.close();
  }
}

const hasSameKey = (one: readonly string[], other: readonly string[]) => canonicalJson(one) === canonicalJson(other);

/** Two versions by their rows; null where their keys are made of other columns. */
async function compareVersions(
  store: Store,
  after: DatasetRecord,
  before: DatasetRecord,
): Promise<IngestAnswer["since"]> {
  if (!hasSameKey(after.keyColumns, before.keyColumns)) return null;
  const found = await diffRows({
    rows: rowPages(store, after, PAGE_COUNT),
    lookup: (keys) => store.findRows(before.name, before.contentSha256, keys),
    oldTotal: before.rowCount - before.erasedCount,
    oldKeys: () => keysOf(store, before),
  });
  return { version: before.version, changes: toChanges(found) };
}

const toChanges = ({ changed, added, missing }: Awaited<ReturnType<typeof diffRows>>): DatasetChanges => ({
  changed: changed.count,
  added: added.count,
  missing: missing.count,
  firstKeys: { changed: changed.firstKeys, added: added.firstKeys, missing: missing.firstKeys },
});

/** Count rows that changed, came and went, by the cells of the file. */
export async function compareWithDataset(
  store: Store,
  source: OpenedSource,
  how: {
    readonly key: string | readonly string[];
    readonly schema: Schema<unknown, unknown>;
    readonly onBadRow: "fail" | "skip";
  },
  before: DatasetRecord,
): Promise<DatasetChanges> {
  const ingest = ingestRows(source, { ...how, isPassedOver: await leftOutBefore(store, before) });
  const stored = new StoredRows(store, before);
  const hasErased = (await store.countErased(before.name)) > 0;
  async function* hashed() {
    for await (const batch of ingest.batches()) {
      const rows = batch.map(({ key, cellsSha256 }) => ({ key, rowSha256: cellsSha256 }));
      if (!hasErased) yield await stored.underTheirKeys(rows);
      else {
        // Its file may well have it yet: an erased row is neither new nor gone.
        const keys = rows.map(({ key }) => key);
        const erased = await store.findErased([before.name], keys);
        yield await stored.underTheirKeys(rows.filter(({ key }) => !erased.has(key)));
      }
    }
  }
  return toChanges(
    await diffRows({
      rows: hashed(),
      lookup: (keys) => store.findRows(before.name, before.contentSha256, keys),
      oldTotal: before.rowCount - before.erasedCount,
      oldKeys: () => keysOf(store, before),
    }),
  );
}

/** Rows that the ingest left out are no news: known by their cells, or, from an earlier version's ingest, by their numbers. */
async function leftOutBefore(store: Store, { name, contentSha256, skipped }: DatasetRecord) {
  if (skipped.length === 0) return undefined;
  const cells = await store.listLeftOut(name, contentSha256);
  const known = new Set<string | number>(cells ?? skipped.map(({ rowNumber }) => rowNumber));
  return cells === null
    ? ({ rowNumber }: { readonly rowNumber: number }) => known.has(rowNumber)
    : (_: unknown, cellsSha256: string) => known.has(cellsSha256);
}

const PAGE_COUNT = 1_000;

/**
 * The rows of a dataset, found by their cells where they are not found by their key: a schema may make the key of a row out
 * of its cells, and a later look at the file has no schema.
 */
class StoredRows {
  private byCells: SeenKeys | null = null;

  constructor(
    private readonly store: Store,
    private readonly dataset: DatasetRecord,
  ) {}

  async underTheirKeys(rows: readonly { readonly key: string; readonly rowSha256: string }[]) {
    const { name, contentSha256 } = this.dataset;
    const known = await this.store.findRows(
      name,
      contentSha256,
      rows.map(({ key }) => key),
    );
    if (known.size === rows.length) return rows;
    this.byCells ??= await this.index();
    const found: (typeof rows)[number][] = [];
    for (const row of rows) {
      const place = known.has(row.key) ? null : this.byCells.rowOf(row.rowSha256);
      const [stored] =
        place === null ? [] : await this.store.listRows(name, contentSha256, { from: place - 1, limit: 1 });
      found.push(stored === undefined ? row : { key: stored.key, rowSha256: row.rowSha256 });
    }
    return found;
  }

  private async index(): Promise<SeenKeys> {
    const index = new SeenKeys();
    for await (const page of rowPages(this.store, this.dataset, PAGE_COUNT)) {
      for (const row of page) index.add(row.rowSha256, row.index + 1);
    }
    return index;
  }
}

async function* keysOf(store: Store, version: DatasetRecord): AsyncIterable<string[]> {
  for await (const page of rowPages(store, version, PAGE_COUNT)) yield page.map(({ key }) => key);
}

/** All rows or none: readers see the version once it is finished. */
async function writeDataset(
  store: Store,
  source: OpenedSource,
  request: IngestRequest,
  path: string,
  shapeSha256: string,
): Promise<Omit<IngestAnswer, "since">> {
  const ingest = ingestRows(source, request);
  const { datasetId } = await store.beginDataset(request.name);
  try {
    let rowCount = 0;
    let writing: Promise<void> = Promise.resolve();
    for await (const batch of ingest.batches()) {
      request.signal?.throwIfAborted();
      const rows = batch.map(
        ({ index, key, cellsSha256, rowJson }): DatasetRow => ({ index, key, rowSha256: cellsSha256, json: rowJson }),
      );
      // One batch is written while the next is read.
      await writing;
      writing = store.appendDataset(datasetId, rows);
      rowCount += rows.length;
      request.onProgress?.(rowCount);
    }
    await writing;
    const summary = ingest.summary();
    const record = await store.finishDataset(datasetId, {
      name: request.name,
      path,
      sizeBytes: source.sizeBytes,
      fileSha256: summary.fileSha256,
      contentSha256: summary.contentSha256,
      shapeSha256,
      keyColumns: typeof request.key === "string" ? [request.key] : request.key,
      sheet: request.sheet ?? null,
      rowCount: summary.rowCount,
      skipped: summary.skipped,
      changeReason: request.changeReason ?? null,
      leftOut: summary.leftOut,
    });
    return { record, isNew: true, warnings: summary.warnings };
  } catch (error) {
    await store.dropDataset(datasetId);
    throw error;
  }
}

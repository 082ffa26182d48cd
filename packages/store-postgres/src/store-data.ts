/** The contract's maps and datasets over PostgreSQL. */
import type {
  DatasetFinish,
  DatasetRecord,
  DatasetRemoval,
  DatasetRemovalRequest,
  DatasetRow,
  DatasetStore,
  DatasetUse,
  DatasetUser,
  DatasetUses,
  Fence,
  ItemPage,
  ItemQuery,
  ItemRecord,
  ItemStore,
  KeyErasure,
  KeyErasureRequest,
  KeyTraces,
  MapCommit,
  MapState,
  OpenIntent,
  PaidResult,
  RunId,
  WriteOutcome,
} from "@holdfast/core";
import { toCost, toDataset, toDatasetUser, toItem, toMapState, toWriteOutcome } from "@holdfast/store-sql";
import type { SqlContext } from "./context.js";
import type { Database } from "./database.js";
import { noteCode } from "./sql/claim.js";
import { isPlainCommit, MAP_COMMITS } from "./sql/commit-map-once.js";
import { listDatasetUsers, removeDataset } from "./sql/dataset-ends.js";
import { listDatasetUses, noteDatasets } from "./sql/dataset-uses.js";
import {
  appendDataset,
  beginDataset,
  dropDataset,
  findRows,
  finishDataset,
  getDataset,
  getLeftOut,
  listDatasets,
  listRows,
} from "./sql/datasets.js";
import { eraseKeys, findKeyTraces } from "./sql/erase.js";
import { countErased, findErased } from "./sql/erased-keys.js";
import { findLeftOut, leaveOut, listItemPages } from "./sql/item-pages.js";
import {
  countErrors,
  type FoundItemRow,
  findAttempts,
  findItems,
  listItemFailures,
  listItemStates,
  listItems,
  listOpenIntents,
} from "./sql/items.js";
import { commitMap, finishMap, getMap, listMaps, listPaid, openMap, savePaid } from "./sql/maps.js";
import { placeItems } from "./sql/place-items.js";

export abstract class PostgresData implements ItemStore, DatasetStore {
  constructor(protected readonly db: Database) {}

  // ── Maps

  async openMap(fence: Fence, map: Parameters<ItemStore["openMap"]>[1]): ReturnType<ItemStore["openMap"]> {
    const result = await this.db.write("strict", fence.runId, (ctx) => openMap(ctx, fence, map));
    return "kind" in result ? result : { kind: "opened", state: toMapState(result) };
  }

  async commitMap(fence: Fence, commit: MapCommit): Promise<WriteOutcome> {
    const durability = commit.results.length === 0 && commit.failures.length === 0 ? "soft" : "strict";
    const singly = (ctx: SqlContext) => commitMap(ctx, fence, commit);
    const call = isPlainCommit(commit) ? { fence, commit } : null;
    return toWriteOutcome(await this.db.writeMany(durability, fence.runId, MAP_COMMITS, () => call, singly));
  }

  async placeItems(...[fence, stage, places]: Parameters<ItemStore["placeItems"]>): Promise<WriteOutcome> {
    return toWriteOutcome(await this.db.write("strict", fence.runId, (ctx) => placeItems(ctx, fence, stage, places)));
  }

  async leaveOut(fence: Fence, stage: string, keys: readonly string[]): Promise<WriteOutcome> {
    return toWriteOutcome(await this.db.write("strict", fence.runId, (ctx) => leaveOut(ctx, fence, stage, keys)));
  }

  findLeftOut(runId: RunId, stage: string, keys: readonly string[]): Promise<readonly string[]> {
    return this.db.readTimeless((ctx) => findLeftOut(ctx, runId, stage, keys));
  }

  async listItemPages(runId: RunId, stage: string): Promise<readonly ItemPage[]> {
    const rows = await this.db.readTimeless((ctx) => listItemPages(ctx, runId, stage));
    return rows.map(({ first_idx, before, keys }) => ({
      index: first_idx,
      before,
      keys: JSON.parse(keys) as string[],
    }));
  }

  async finishMap(fence: Fence, stage: string): Promise<WriteOutcome> {
    return toWriteOutcome(await this.db.write("strict", fence.runId, (ctx) => finishMap(ctx, fence, stage)));
  }

  async getMap(runId: RunId, stage: string): Promise<MapState | null> {
    const row = await this.db.readTimeless((ctx) => getMap(ctx, runId, stage));
    return row === null ? null : toMapState(row);
  }

  async listMaps(runId: RunId): Promise<readonly MapState[]> {
    return (await this.db.readTimeless((ctx) => listMaps(ctx, runId))).map(toMapState);
  }

  async findItems(runId: RunId, stage: string, keys: readonly string[]): Promise<readonly ItemRecord[]> {
    return (await this.db.readTimeless((ctx) => findItems(ctx, runId, stage, keys))).map(toFoundItem);
  }

  async listItems(runId: RunId, stage: string, query: ItemQuery): Promise<readonly ItemRecord[]> {
    return (await this.db.readTimeless((ctx) => listItems(ctx, runId, stage, query))).map(toFoundItem);
  }

  async listItemStates(...args: Parameters<ItemStore["listItemStates"]>): ReturnType<ItemStore["listItemStates"]> {
    const [runId, stage, query] = args;
    const rows = await this.db.readTimeless((ctx) => listItemStates(ctx, runId, stage, query));
    return rows.map(({ key, idx, outcome, started_at, finished_at }) => ({
      key,
      index: idx,
      outcome: outcome === 1 ? "ok" : "error",
      startedAt: started_at,
      finishedAt: finished_at,
    }));
  }

  async countErrors(runId: RunId, stage: string): Promise<Readonly<Record<string, number>>> {
    const rows = await this.db.readTimeless((ctx) => countErrors(ctx, runId, stage));
    return Object.fromEntries(rows.map(({ category, count }) => [category, count]));
  }

  async listOpenIntents(runId: RunId, stage: string): Promise<readonly OpenIntent[]> {
    const rows = await this.db.readTimeless((ctx) => listOpenIntents(ctx, runId, stage));
    return rows.map(({ n, idx, key, attempt, started_at }) => ({ n, index: idx, key, attempt, startedAt: started_at }));
  }

  async findAttempts(runId: RunId, stage: string, keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return new Map(await this.db.readTimeless((ctx) => findAttempts(ctx, runId, stage, keys)));
  }

  async listItemFailures(runId: RunId, stage: string, key: string): ReturnType<ItemStore["listItemFailures"]> {
    const rows = await this.db.readTimeless((ctx) => listItemFailures(ctx, runId, stage, key));
    return rows.map((row) => ({
      key,
      attempt: row.attempt,
      category: row.category,
      errorJson: row.error,
      cost: toCost(row),
      finishedAt: row.finished_at,
    }));
  }

  async savePaid(paid: PaidResult): Promise<void> {
    await this.db.write("strict", null, (ctx) => savePaid(ctx, paid));
  }

  async listPaid(runId: RunId, stage: string, configHash: string): Promise<readonly PaidResult[]> {
    const rows = await this.db.readTimeless((ctx) => listPaid(ctx, runId, stage, configHash));
    return rows.map((row) => ({
      runId,
      stage,
      key: row.key,
      configHash,
      itemSha256: row.item_sha256,
      outputJson: row.output,
      cost: toCost(row),
      usageJson: row.usage,
    }));
  }

  // ── Datasets

  async beginDataset(name: string): Promise<{ readonly datasetId: number }> {
    return { datasetId: await this.db.writeAside("strict", (ctx) => beginDataset(ctx, name)) };
  }

  async appendDataset(datasetId: number, rows: readonly DatasetRow[]): Promise<void> {
    await this.db.writeAside("soft", (ctx) => appendDataset(ctx, datasetId, rows));
  }

  async finishDataset(datasetId: number, record: DatasetFinish): Promise<DatasetRecord> {
    return toDataset(await this.db.writeAside("strict", (ctx) => finishDataset(ctx, datasetId, record)));
  }

  async dropDataset(datasetId: number): Promise<void> {
    await this.db.writeAside("strict", (ctx) => dropDataset(ctx, datasetId));
  }

  async removeDataset(request: DatasetRemovalRequest): Promise<DatasetRemoval> {
    const result = await this.db.writeAside("strict", (ctx) => removeDataset(ctx, request));
    switch (result.kind) {
      case "removed":
        return { kind: "removed", versions: result.versions.map(toDataset) };
      case "inUse":
        return { kind: "inUse", runs: result.runs.map(toDatasetUser) };
      case "notFound":
        return result;
    }
  }

  async listDatasetUsers(
    name: string,
    query: { readonly contentSha256?: string | undefined; readonly limit: number },
  ): Promise<readonly DatasetUser[]> {
    const rows = await this.db.readTimeless((ctx) =>
      listDatasetUsers(ctx, name, query.contentSha256 ?? null, query.limit),
    );
    return rows.map(toDatasetUser);
  }

  eraseKeys({ name, keys, audit }: KeyErasureRequest): Promise<KeyErasure> {
    return this.db.writeAside("strict", (ctx) => eraseKeys(ctx, name, [...new Set(keys)], audit));
  }

  findKeyTraces(name: string, keys: readonly string[]): Promise<KeyTraces | null> {
    return this.db.readTimeless((ctx) => findKeyTraces(ctx, name, [...new Set(keys)]));
  }

  async findErased(names: readonly string[], keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return new Map(await this.db.readTimeless((ctx) => findErased(ctx, names, keys)));
  }

  countErased(name: string): Promise<number> {
    return this.db.readTimeless((ctx) => countErased(ctx, name));
  }

  async getDataset(name: string, contentSha256?: string | undefined): Promise<DatasetRecord | null> {
    const row = await this.db.readTimeless((ctx) => getDataset(ctx, name, contentSha256 ?? null));
    return row === null ? null : toDataset(row);
  }

  async listDatasets(): Promise<readonly DatasetRecord[]> {
    return (await this.db.readTimeless(listDatasets)).map(toDataset);
  }

  async listRows(...args: Parameters<DatasetStore["listRows"]>): Promise<readonly DatasetRow[]> {
    const [name, contentSha256, query] = args;
    const rows = await this.db.readTimeless((ctx) => listRows(ctx, name, contentSha256, query));
    return rows.map(({ idx, key, row_sha256, json }) => ({ index: idx, key, rowSha256: row_sha256, json }));
  }

  async listLeftOut(name: string, contentSha256: string): Promise<readonly string[] | null> {
    const hex = await this.db.readTimeless((ctx) => getLeftOut(ctx, name, contentSha256));
    return hex === null ? null : (hex.match(/.{64}/g) ?? []);
  }

  async noteCode(fence: Fence, code: string): Promise<WriteOutcome> {
    return toWriteOutcome(await this.db.write("soft", fence.runId, (ctx) => noteCode(ctx, fence, code)));
  }

  async noteDatasets(fence: Fence, uses: DatasetUses): Promise<WriteOutcome> {
    return toWriteOutcome(await this.db.write("soft", fence.runId, (ctx) => noteDatasets(ctx, fence, uses)));
  }

  async listDatasetUses(runId: RunId): Promise<readonly DatasetUse[]> {
    const rows = await this.db.readTimeless((ctx) => listDatasetUses(ctx, runId));
    return rows.map(({ stage, attempt, is_source, name, content_sha256 }) => ({
      stage,
      attempt,
      name,
      contentSha256: content_sha256,
      isSource: is_source === 1,
    }));
  }

  async findRows(name: string, contentSha256: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return new Map(await this.db.readTimeless((ctx) => findRows(ctx, name, contentSha256, keys)));
  }
}

const toFoundItem = (row: FoundItemRow): ItemRecord => toItem(row, row.item_sha256);

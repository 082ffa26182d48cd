/** The contract's maps and datasets over one SQLite file. */
import type {
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
import { toHex } from "./hex.js";
import { SqliteOperations } from "./operations.js";
import type { FoundItemRow } from "./sql/items.js";

export abstract class SqliteData extends SqliteOperations implements ItemStore, DatasetStore {
  // ── Maps

  async openMap(fence: Fence, map: Parameters<ItemStore["openMap"]>[1]): ReturnType<ItemStore["openMap"]> {
    const result = await this.write("openMap", fence, map);
    return "kind" in result ? result : { kind: "opened", state: toMapState(result) };
  }

  async commitMap(fence: Fence, commit: MapCommit): Promise<WriteOutcome> {
    const isSoft = commit.results.length === 0 && commit.failures.length === 0;
    return toWriteOutcome(await this.write(isSoft ? "announceItems" : "commitMap", fence, commit));
  }

  async placeItems(...args: Parameters<ItemStore["placeItems"]>): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("placeItems", ...args));
  }

  async leaveOut(fence: Fence, stage: string, keys: readonly string[]): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("leaveOut", fence, stage, keys));
  }

  async findLeftOut(runId: RunId, stage: string, keys: readonly string[]): Promise<readonly string[]> {
    return this.read("findLeftOut", runId, stage, keys);
  }

  async listItemPages(runId: RunId, stage: string): Promise<readonly ItemPage[]> {
    const rows = await this.read("listItemPages", runId, stage);
    return rows.map(({ first_idx, before, keys }) => ({
      index: first_idx,
      before,
      keys: JSON.parse(keys) as string[],
    }));
  }

  async finishMap(fence: Fence, stage: string): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("finishMap", fence, stage));
  }

  async getMap(runId: RunId, stage: string): Promise<MapState | null> {
    const row = await this.read("getMap", runId, stage);
    return row === null ? null : toMapState(row);
  }

  async listMaps(runId: RunId): Promise<readonly MapState[]> {
    return (await this.read("listMaps", runId)).map(toMapState);
  }

  async findItems(runId: RunId, stage: string, keys: readonly string[]): Promise<readonly ItemRecord[]> {
    return (await this.read("findItems", runId, stage, keys)).map(toFoundItem);
  }

  async listItems(runId: RunId, stage: string, query: ItemQuery): Promise<readonly ItemRecord[]> {
    return (await this.read("listItems", runId, stage, query)).map(toFoundItem);
  }

  async listItemStates(...args: Parameters<ItemStore["listItemStates"]>): ReturnType<ItemStore["listItemStates"]> {
    const rows = await this.read("listItemStates", ...args);
    return rows.map(({ key, idx, outcome, started_at, finished_at }) => ({
      key,
      index: idx,
      outcome: outcome === 1 ? "ok" : "error",
      startedAt: started_at,
      finishedAt: finished_at,
    }));
  }

  async countErrors(runId: RunId, stage: string): Promise<Readonly<Record<string, number>>> {
    const rows = await this.read("countErrors", runId, stage);
    return Object.fromEntries(rows.map(({ category, count }) => [category, count]));
  }

  async listOpenIntents(runId: RunId, stage: string): Promise<readonly OpenIntent[]> {
    const rows = await this.read("listOpenIntents", runId, stage);
    return rows.map(({ n, idx, key, attempt, started_at }) => ({ n, index: idx, key, attempt, startedAt: started_at }));
  }

  async findAttempts(runId: RunId, stage: string, keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return new Map(await this.read("findAttempts", runId, stage, keys));
  }

  async listItemFailures(runId: RunId, stage: string, key: string): ReturnType<ItemStore["listItemFailures"]> {
    const rows = await this.read("listItemFailures", runId, stage, key);
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
    await this.write("savePaid", paid);
  }

  async listPaid(runId: RunId, stage: string, configHash: string): Promise<readonly PaidResult[]> {
    const rows = await this.read("listPaid", runId, stage, configHash);
    return rows.map((row) => ({
      runId,
      stage,
      key: row.key,
      configHash,
      itemSha256: toHex(row.item_sha256),
      outputJson: row.output,
      cost: toCost(row),
      usageJson: row.usage,
    }));
  }

  // ── Datasets

  async beginDataset(name: string): Promise<{ readonly datasetId: number }> {
    return { datasetId: await this.write("beginDataset", name) };
  }

  async appendDataset(datasetId: number, rows: readonly DatasetRow[]): Promise<void> {
    await this.write("appendDataset", datasetId, rows);
  }

  async finishDataset(datasetId: number, record: Parameters<DatasetStore["finishDataset"]>[1]): Promise<DatasetRecord> {
    return toDataset(await this.write("finishDataset", datasetId, record));
  }

  async dropDataset(datasetId: number): Promise<void> {
    await this.write("dropDataset", datasetId);
  }

  async removeDataset(request: DatasetRemovalRequest): Promise<DatasetRemoval> {
    const result = await this.write("removeDataset", request);
    switch (result.kind) {
      case "removed":
        return { kind: "removed", versions: result.versions.map(toDataset) };
      case "inUse":
        return { kind: "inUse", runs: result.runs.map(toDatasetUser) };
      case "notFound":
        return result;
    }
  }

  async listDatasetUsers(...args: Parameters<DatasetStore["listDatasetUsers"]>): Promise<readonly DatasetUser[]> {
    return (await this.read("listDatasetUsers", ...args)).map(toDatasetUser);
  }

  eraseKeys(request: KeyErasureRequest): Promise<KeyErasure> {
    return this.write("eraseKeys", request);
  }

  findKeyTraces(name: string, keys: readonly string[]): Promise<KeyTraces | null> {
    return this.read("findKeyTraces", name, keys);
  }

  async findErased(names: readonly string[], keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return new Map(await this.read("findErased", names, keys));
  }

  countErased(name: string): Promise<number> {
    return this.read("countErased", name);
  }

  async getDataset(name: string, contentSha256?: string | undefined): Promise<DatasetRecord | null> {
    const row = await this.read("getDataset", name, contentSha256);
    return row === null ? null : toDataset(row);
  }

  async listDatasets(): Promise<readonly DatasetRecord[]> {
    return (await this.read("listDatasets")).map(toDataset);
  }

  async listRows(...args: Parameters<DatasetStore["listRows"]>): Promise<readonly DatasetRow[]> {
    const rows = await this.read("listRows", ...args);
    return rows.map(({ idx, key, row_sha256, json }) => ({ index: idx, key, rowSha256: toHex(row_sha256), json }));
  }

  async listLeftOut(name: string, contentSha256: string): Promise<readonly string[] | null> {
    const bytes = await this.read("listLeftOut", name, contentSha256);
    return bytes === null ? null : (toHex(bytes).match(/.{64}/g) ?? []);
  }

  async noteCode(fence: Fence, code: string): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("noteCode", fence, code));
  }

  async noteDatasets(fence: Fence, uses: DatasetUses): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("noteDatasets", fence, uses));
  }

  async listDatasetUses(runId: RunId): Promise<readonly DatasetUse[]> {
    const rows = await this.read("listDatasetUses", runId);
    return rows.map(({ stage, attempt, is_source, name, content_sha256 }) => ({
      stage,
      attempt,
      name,
      contentSha256: content_sha256,
      isSource: is_source === 1,
    }));
  }

  async findRows(name: string, contentSha256: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = await this.read("findRows", name, contentSha256, keys);
    return new Map(found.map(([key, sha256]) => [key, toHex(sha256)]));
  }
}

const toFoundItem = (row: FoundItemRow): ItemRecord => toItem(row, toHex(row.item_sha256));

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
import { toWriteOutcome } from "./decode.js";
import { fromHex, toDataset, toDatasetUser, toHex, toItem, toMapState } from "./decode-data.js";
import { eventCode } from "./event-codes.js";
import { fenceArgs, SqliteOperations } from "./operations.js";
import { toCost } from "./sql/item-rows.js";

export abstract class SqliteData extends SqliteOperations implements ItemStore, DatasetStore {
  // ── Maps

  async openMap(fence: Fence, map: Parameters<ItemStore["openMap"]>[1]): ReturnType<ItemStore["openMap"]> {
    const { stage, configHash, configJson, sourceDigest, total, adoptConfig, adoptItems = null, budgetNanos } = map;
    const result = await this.write("openMap", [
      ...fenceArgs(fence),
      stage,
      configHash,
      configJson,
      sourceDigest,
      total,
      adoptConfig,
      adoptItems,
      budgetNanos,
    ]);
    return "kind" in result ? result : { kind: "opened", state: toMapState(result) };
  }

  async commitMap(fence: Fence, commit: MapCommit): Promise<WriteOutcome> {
    const { intents, failures, results, progress } = commit;
    const { items, label } = progress;
    const [low, high] = items?.etaMs ?? [null, null];
    const isSoft = results.length === 0 && failures.length === 0;
    const result = await this.write(isSoft ? "announceItems" : "commitMap", [
      ...fenceArgs(fence),
      commit.stage,
      intents.map(({ n, index, key, attempt }) => [n, index, key, attempt] as const),
      failures.map(({ key, attempt, category, errorJson, cost }) => [key, attempt, category, errorJson, cost] as const),
      results.map(
        (item) =>
          [
            item.key,
            item.index,
            item.outcome === "ok" ? 1 : 0,
            item.category,
            item.attempt,
            fromHex(item.itemSha256),
            item.cost,
            item.ms,
            item.usageJson,
            item.errorJson,
            item.outputJson,
            item.label ?? null,
          ] as const,
      ),
      commit.lowWater,
      commit.intentLow,
      commit.total,
      commit.committedNanos,
      [items === null ? null : [items.done, items.total, items.failed, items.ratePerS, low, high], label],
      commit.events.map(({ type, data }) => {
        const { stage, ...body } = data as { stage?: string };
        return [eventCode(type), stage ?? null, JSON.stringify(body)] as const;
      }),
      (commit.pages ?? []).map(({ index, before, keys }) => [index, before, JSON.stringify(keys)] as const),
    ]);
    return toWriteOutcome(result);
  }

  async placeItems(
    fence: Fence,
    stage: string,
    places: readonly { readonly key: string; readonly index: number | null }[],
  ): Promise<WriteOutcome> {
    const rows = places.map(({ key, index }) => [key, index] as const);
    return toWriteOutcome(await this.write("placeItems", [...fenceArgs(fence), stage, rows]));
  }

  async leaveOut(fence: Fence, stage: string, keys: readonly string[]): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("leaveOut", [...fenceArgs(fence), stage, keys]));
  }

  async findLeftOut(runId: RunId, stage: string, keys: readonly string[]): Promise<readonly string[]> {
    return this.read("findLeftOut", [runId, stage, keys]);
  }

  async listItemPages(runId: RunId, stage: string): Promise<readonly ItemPage[]> {
    const rows = await this.read("listItemPages", [runId, stage]);
    return rows.map(({ first_idx, before, keys }) => ({
      index: first_idx,
      before,
      keys: JSON.parse(keys) as string[],
    }));
  }

  async finishMap(fence: Fence, stage: string): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("finishMap", [...fenceArgs(fence), stage]));
  }

  async getMap(runId: RunId, stage: string): Promise<MapState | null> {
    const row = await this.read("getMap", [runId, stage]);
    return row === null ? null : toMapState(row);
  }

  async listMaps(runId: RunId): Promise<readonly MapState[]> {
    return (await this.read("listMaps", [runId])).map(toMapState);
  }

  async findItems(runId: RunId, stage: string, keys: readonly string[]): Promise<readonly ItemRecord[]> {
    return (await this.read("findItems", [runId, stage, keys])).map(toItem);
  }

  async listItems(runId: RunId, stage: string, query: ItemQuery): Promise<readonly ItemRecord[]> {
    const { outcome, category = null, staleTo = null, after = null, limit } = query;
    const code = outcome === undefined ? null : outcome === "ok" ? 1 : 0;
    return (await this.read("listItems", [runId, stage, code, category, staleTo, after, limit])).map(toItem);
  }

  async listItemStates(...args: Parameters<ItemStore["listItemStates"]>): ReturnType<ItemStore["listItemStates"]> {
    const [runId, stage, { after = null, limit }] = args;
    const rows = await this.read("listItemStates", [runId, stage, after, limit]);
    return rows.map(({ key, idx, outcome, started_at, finished_at }) => ({
      key,
      index: idx,
      outcome: outcome === 1 ? "ok" : "error",
      startedAt: started_at,
      finishedAt: finished_at,
    }));
  }

  async countErrors(runId: RunId, stage: string): Promise<Readonly<Record<string, number>>> {
    const rows = await this.read("countErrors", [runId, stage]);
    return Object.fromEntries(rows.map(({ category, count }) => [category, count]));
  }

  async listOpenIntents(runId: RunId, stage: string): Promise<readonly OpenIntent[]> {
    const rows = await this.read("listOpenIntents", [runId, stage]);
    return rows.map(({ n, idx, key, attempt, started_at }) => ({ n, index: idx, key, attempt, startedAt: started_at }));
  }

  async findAttempts(runId: RunId, stage: string, keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return new Map(await this.read("findAttempts", [runId, stage, keys]));
  }

  async listItemFailures(runId: RunId, stage: string, key: string): ReturnType<ItemStore["listItemFailures"]> {
    const rows = await this.read("listItemFailures", [runId, stage, key]);
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
    const { runId, stage, key, configHash, itemSha256, outputJson, cost, usageJson } = paid;
    const { nanos, unpricedCalls, unpricedTokens } = cost;
    const sha256 = fromHex(itemSha256);
    const costs = [nanos, unpricedCalls, unpricedTokens] as const;
    await this.write("savePaid", [runId, stage, key, configHash, sha256, outputJson, usageJson, ...costs]);
  }

  async listPaid(runId: RunId, stage: string, configHash: string): Promise<readonly PaidResult[]> {
    const rows = await this.read("listPaid", [runId, stage, configHash]);
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
    return { datasetId: await this.write("beginDataset", [name]) };
  }

  async appendDataset(datasetId: number, rows: readonly DatasetRow[]): Promise<void> {
    const sent = rows.map(({ index, key, rowSha256, json }) => [index, key, fromHex(rowSha256), json] as const);
    await this.write("appendDataset", [datasetId, sent]);
  }

  async finishDataset(datasetId: number, record: Parameters<DatasetStore["finishDataset"]>[1]): Promise<DatasetRecord> {
    const row = await this.write("finishDataset", [
      datasetId,
      record.path,
      record.sizeBytes,
      record.fileSha256,
      record.contentSha256,
      record.shapeSha256,
      JSON.stringify(record.keyColumns),
      record.sheet,
      record.rowCount,
      JSON.stringify(record.skipped),
      record.changeReason,
      record.leftOut === undefined ? null : Buffer.from(record.leftOut.join(""), "hex"),
      record.isReading === true,
    ]);
    return toDataset(row);
  }

  async dropDataset(datasetId: number): Promise<void> {
    await this.write("dropDataset", [datasetId]);
  }

  async removeDataset(request: DatasetRemovalRequest): Promise<DatasetRemoval> {
    const { name, version, isUnusedOnly = false, audit } = request;
    const result = await this.write("removeDataset", [name, version, isUnusedOnly, audit]);
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
    return (await this.read("listDatasetUsers", [name, query.contentSha256 ?? null, query.limit])).map(toDatasetUser);
  }

  eraseKeys({ name, keys, audit }: KeyErasureRequest): Promise<KeyErasure> {
    return this.write("eraseKeys", [name, [...new Set(keys)], audit]);
  }

  findKeyTraces(name: string, keys: readonly string[]): Promise<KeyTraces | null> {
    return this.read("findKeyTraces", [name, [...new Set(keys)]]);
  }

  async findErased(names: readonly string[], keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return new Map(await this.read("findErased", [names, keys]));
  }

  countErased(name: string): Promise<number> {
    return this.read("countErased", [name]);
  }

  async getDataset(name: string, contentSha256?: string | undefined): Promise<DatasetRecord | null> {
    const row = await this.read("getDataset", [name, contentSha256 ?? null]);
    return row === null ? null : toDataset(row);
  }

  async listDatasets(): Promise<readonly DatasetRecord[]> {
    return (await this.read("listDatasets", [])).map(toDataset);
  }

  async listRows(
    name: string,
    contentSha256: string,
    query: { readonly from: number; readonly limit: number },
  ): Promise<readonly DatasetRow[]> {
    const rows = await this.read("listRows", [name, contentSha256, query.from, query.limit]);
    return rows.map(({ idx, key, row_sha256, json }) => ({ index: idx, key, rowSha256: toHex(row_sha256), json }));
  }

  async listLeftOut(name: string, contentSha256: string): Promise<readonly string[] | null> {
    const bytes = await this.read("getLeftOut", [name, contentSha256]);
    return bytes === null ? null : (toHex(bytes).match(/.{64}/g) ?? []);
  }

  async noteCode(fence: Fence, code: string): Promise<WriteOutcome> {
    return toWriteOutcome(await this.write("noteCode", [...fenceArgs(fence), code]));
  }

  async noteDatasets(fence: Fence, uses: DatasetUses): Promise<WriteOutcome> {
    const { stage, attempt, forget, datasets } = uses;
    const rows = datasets.map(({ name, contentSha256, isSource }) => [name, contentSha256, isSource ? 1 : 0] as const);
    return toWriteOutcome(await this.write("noteDatasets", [...fenceArgs(fence), stage, attempt, forget, rows]));
  }

  async listDatasetUses(runId: RunId): Promise<readonly DatasetUse[]> {
    const rows = await this.read("listDatasetUses", [runId]);
    return rows.map(({ stage, attempt, is_source, name, content_sha256 }) => ({
      stage,
      attempt,
      name,
      contentSha256: content_sha256,
      isSource: is_source === 1,
    }));
  }

  async findRows(name: string, contentSha256: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = await this.read("findRows", [name, contentSha256, keys]);
    return new Map(found.map(([key, sha256]) => [key, toHex(sha256)]));
  }
}

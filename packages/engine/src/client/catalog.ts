/** `holdfast.datasets`: datasets by their names, outside of stages. */
import { DatasetNotFoundError, type DatasetRecord } from "@holdfast/core";
import { anyRow } from "../dataset/any-row.js";
import { ingestDataset } from "../dataset/ingest.js";
import { readRows } from "../dataset/rows.js";
import type { DatasetCatalog } from "../dataset/storage-facade.js";
import { verifyDataset } from "../dataset/verify.js";
import { deleteDataset, eraseKeys } from "../manage/dataset-ends.js";
import type { Engine } from "../opened/engine.js";
import { checkOptions, DELETE_DATASET, ERASE, INGEST_FILE, VERIFY } from "./option-names.js";

export function makeDatasetCatalog(opened: Engine): DatasetCatalog {
  const { store } = opened.deps;
  const get = async (name: string, digest?: string): Promise<DatasetRecord> => {
    const record = await store.getDataset(name, digest);
    if (record === null) throw new DatasetNotFoundError({ dataset: name });
    return record;
  };
  const catalog: DatasetCatalog = {
    list: () => store.listDatasets(),
    get,
    rows: (ref) => readRows(store, ref),
    ingest: (name, file, { schema = anyRow, onBadRow = "fail", reason, ...rest }) =>
      ingestDataset(opened.deps, { ...rest, name, file, schema, onBadRow, changeReason: reason }),
    verify: (name, options) => verifyDataset(opened.deps, name, options),
    delete: (name, options = {}) => deleteDataset(opened, name, options),
    erase: (name, keys, options = {}) => eraseKeys(opened, name, keys, options),
  };
  return checkOptions("datasets.", catalog, {
    ingest: [2, INGEST_FILE],
    verify: [1, VERIFY],
    delete: [1, DELETE_DATASET],
    erase: [2, ERASE],
  });
}

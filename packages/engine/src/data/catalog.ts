/** `holdfast.datasets`: datasets by their names, outside of stages. */
import { DatasetNotFoundError, type DatasetRecord } from "@holdfast/core";
import { deleteDataset, eraseKeys } from "../manage/dataset-ends.js";
import type { Engine } from "../operate/engine.js";
import { checkOptions, DELETE_DATASET, ERASE, INGEST_FILE, VERIFY } from "../operate/option-names.js";
import type { DatasetCatalog } from "../storage-facade.js";
import { anyRow } from "./any-row.js";
import { ingestDataset } from "./ingest.js";
import { readRows } from "./rows.js";
import { verifyDataset } from "./verify.js";

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
      ingestDataset(store, { ...rest, name, file, schema, onBadRow, changeReason: reason }),
    verify: (name, options) => verifyDataset(store, name, options),
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

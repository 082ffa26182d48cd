/** The reader of dataset files of `testHoldfast`: loaded by name and only when needed, as the default store is. */
import type { DatasetFiles } from "@holdfast/core";

const PACKAGE: string = "@holdfast/dataset-files";

const load = async () => ((await import(PACKAGE)) as { readonly datasetFiles: DatasetFiles }).datasetFiles;

export const defaultDatasetFiles: DatasetFiles = {
  open: async (path, options) => (await load()).open(path, options),
  hash: async (path) => (await load()).hash(path),
  moduleUrl: null,
};

/** What stands in for a reader of dataset files where a Holdfast was created without one. */
import { type DatasetFiles, WrongUseError } from "@holdfast/core";

const refuse = (path: string) =>
  Promise.reject(
    new WrongUseError({
      problem: `${path} cannot be read: this Holdfast was created without \`datasetFiles\`. Pass those of @holdfast/dataset-files to createHoldfast.`,
    }),
  );

export const NO_DATASET_FILES: DatasetFiles = { open: refuse, hash: refuse, moduleUrl: null };

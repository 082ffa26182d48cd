/** A small S3-compatible server in memory, with the faults that real ones have. For tests. */
export {
  type ObjectFault,
  type ObjectRequest,
  type ObjectStorage,
  type ObjectStorageOptions,
  startObjectStorage,
} from "./object-storage.js";

/** What lies in the store besides runs, as callers see it: `holdfast.datasets` and `holdfast.storage`. Types only. */
import type {
  CompactOutcome,
  DatasetRecord,
  DatasetUser,
  KeyTraces,
  StoreExamination,
  StoreFacts,
  StoreLimitation,
} from "@holdfast/core";
import type { StandardSchemaV1 as Schema } from "@standard-schema/spec";
import type { ArtifactPlaceFacts } from "../files/artifact-store.js";
import type { DatasetEntry } from "../workflow/context.js";
import type { DatasetRef } from "../workflow/refs.js";

/** How rows differ from those of another version, by key. */
export interface DatasetChanges {
  /** Keys in both, with other cells. */
  readonly changed: number;
  /** Keys that are new. */
  readonly added: number;
  /** Keys that are gone, and rows that cannot be read. */
  readonly missing: number;
  /** The first 20 keys of each kind. */
  readonly firstKeys: { readonly [K in "changed" | "added" | "missing"]: readonly string[] };
}

/** Options of `holdfast.datasets.ingest`. */
export interface IngestFileOptions {
  /** Column that names a row, or several of them. */
  readonly key: string | readonly string[];
  /** Schema of a row. Default: `anyRow`, which takes the cells as they stand. */
  readonly schema?: Schema<unknown, unknown> | undefined;
  /** A row that the schema refuses: fail the ingest, or leave the row out and report it. Default "fail". */
  readonly onBadRow?: "fail" | "skip" | undefined;
  /** Sheet of a workbook. Default: the first visible one. */
  readonly sheet?: string | undefined;
  /** Encoding of a text file: "windows-1252", "utf-16le", …, or "detect". Default: UTF-8, and what is not is refused. */
  readonly encoding?: string | undefined;
  /** A file whose rows differ from the newest version's: take it as the next version, or refuse it. Default "take". */
  readonly onChange?: "take" | "refuse" | undefined;
  /** Take a changed file although `onChange` is "refuse", for this reason, which is recorded. Default: none. */
  readonly reason?: string | undefined;
  /** The name was made from the file's own, so a file at another path than the newest version's is refused. Default false. */
  readonly isNameOfFile?: boolean | undefined;
  /** Aborting it ends the ingest; nothing of it stays. Default: the ingest goes on to its end. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each batch with the rows read so far. Must not throw. Default: nobody is told. */
  readonly onProgress?: ((rowCount: number) => void) | undefined;
}

/** Answer of `holdfast.datasets.ingest`. */
export interface IngestReport {
  /** The version that has the file's rows. */
  readonly record: DatasetRecord;
  /** False when the store had this version already: nothing was written. */
  readonly isNew: boolean;
  /** Cells that were read with a doubt, the first 1,000; a warning about the whole file has no row. */
  readonly warnings: readonly {
    readonly rowNumber?: number | undefined;
    readonly column?: string | undefined;
    readonly message: string;
  }[];
  /** Changes since the version before; null where there was none, or one with another key. */
  readonly since: { readonly version: number; readonly changes: DatasetChanges } | null;
}

/** A dataset's file as it is now, beside what was recorded of it. */
export interface DatasetCheck {
  /** Newest version of the dataset. */
  readonly record: DatasetRecord;
  /** `resaved`: other bytes, the same rows. */
  readonly state: "same" | "resaved" | "changed";
  /** SHA-256 of the file now. */
  readonly foundSha256: string;
  /** Zero throughout unless `changed`. */
  readonly changes: DatasetChanges;
}

/** Options of `holdfast.datasets.delete`. */
export interface DeleteDatasetOptions {
  /** Only this version. Default: all versions of the name. */
  readonly version?: number | undefined;
  /** Only say what would go. Default false. */
  readonly checkOnly?: boolean | undefined;
  /** Reason, for the audit. Default: none. */
  readonly reason?: string | undefined;
}

/** Answer of `holdfast.datasets.delete`. */
export interface DatasetDeletion {
  /** Versions that go, or went. */
  readonly versions: readonly DatasetRecord[];
  /** Rows in them. */
  readonly rows: number;
  /** Finished runs that read them, at most 1,000: their results stay, but what asks for the rows again does not find them. */
  readonly finishedRuns: readonly DatasetUser[];
  /** Nothing was changed. */
  readonly isCheckOnly: boolean;
}

/** Options of `holdfast.datasets.erase`. */
export interface EraseOptions {
  /** Only say what would go, and what may still hold the keys. Default false. */
  readonly checkOnly?: boolean | undefined;
  /** Reason, for the audit; it must not name a key. Default: none. */
  readonly reason?: string | undefined;
}

/** Answer of `holdfast.datasets.erase`: what went, and what may still hold a key. */
export interface KeyErasureReport extends KeyTraces {
  /** Files of the runs that hold a key: logs, artifacts, outputs. What is compressed is not recognized. */
  readonly files: readonly { readonly runId: string; readonly path: string }[];
  /** Nothing was changed. */
  readonly isCheckOnly: boolean;
  /**
   * How the store was written anew, so that no old copy of a page holds a key. Null for a check. Anything but `compacted` with an empty
   * log: run `holdfast.storage.compact` later.
   */
  readonly compaction: CompactOutcome | null;
}

/** Answer of `holdfast.storage.compact`. */
export interface CompactReport {
  /** Size of the file and its log before. */
  readonly beforeBytes: number;
  /** The same afterwards. */
  readonly afterBytes: number;
  /** False: another process reads from the log, which still holds old pages; try again. */
  readonly isLogEmpty: boolean;
}

/** `holdfast.datasets`: rows read once from files, in versions by content. Stages have `dataset` for their own. */
export interface DatasetCatalog {
  /** Lists every version of every dataset, by name, oldest version first. */
  readonly list: () => Promise<readonly DatasetRecord[]>;
  /**
   * Reads the newest version of a dataset, or the newest one with this content (`digest` of a reference).
   * @throws {DatasetNotFoundError} DATASET_NOT_FOUND
   */
  readonly get: (name: string, digest?: string) => Promise<DatasetRecord>;
  /** Reads the rows of a version in the order of its file, page by page. */
  readonly rows: <Row>(ref: Pick<DatasetRef<Row>, "name" | "digest" | "~of">) => AsyncIterable<DatasetEntry<Row>>;
  /**
   * Reads a file into the store. The same file again writes nothing; a changed one is the dataset's next version.
   * @throws {SourceUnreadableError} SOURCE_UNREADABLE @throws {RowInvalidError} ROW_INVALID — nothing is ingested.
   * @throws {DatasetChangedError} DATASET_CHANGED — where `onChange` is "refuse" @throws {WrongUseError} WRONG_USE — the name
   */
  readonly ingest: (name: string, file: string, options: IngestFileOptions) => Promise<IngestReport>;
  /**
   * Compares the newest version of a dataset with the file it was read from, row by row where the bytes differ. Writes nothing.
   * @throws {DatasetNotFoundError} DATASET_NOT_FOUND @throws {SourceMissingError} SOURCE_MISSING — the file is gone.
   */
  readonly verify: (
    name: string,
    options?: {
      readonly sheet?: string | undefined;
      readonly encoding?: string | undefined;
      readonly signal?: AbortSignal | undefined;
    },
  ) => Promise<DatasetCheck>;
  /**
   * Deletes a dataset, or one version of it, with its rows. Runs keep what they recorded. Audited.
   * @throws {DatasetInUseError} DATASET_IN_USE — a run that is not over read it @throws {DatasetNotFoundError} DATASET_NOT_FOUND
   */
  readonly delete: (name: string, options?: DeleteDatasetOptions) => Promise<DatasetDeletion>;
  /**
   * Erases keys for privacy: their rows in every version, their results, attempts and checkpoints in every run that read the
   * dataset. A tombstone, by a hash of the key, keeps them from coming back: from the same file, from a new version, in a resume, a
   * new run or a fork. What stays, since other work depends on it, is listed. Audited, without the keys. The same again is no error.
   * @throws {DatasetInUseError} DATASET_IN_USE — a run that read it is at work: pause it
   * @throws {DatasetNotFoundError} DATASET_NOT_FOUND @throws {WrongUseError} WRONG_USE — a reason that names a key
   */
  readonly erase: (name: string, keys: string | readonly string[], options?: EraseOptions) => Promise<KeyErasureReport>;
}

/** `holdfast.storage`: the store as a thing to look after. */
export interface StorageMaintenance {
  /** Reads kind, place, size, versions and counts of runs; with `check` the store also checks itself, which reads all of it. */
  readonly facts: (options?: { readonly check?: boolean | undefined }) => Promise<StoreFacts>;
  /**
   * Measures the tables and the runs' artifacts; with `check` the store also checks itself. Reads the whole store, about a second for
   * each gigabyte, without delaying other calls.
   */
  readonly examine: (options?: { readonly check?: boolean | undefined }) => Promise<StoreExamination>;
  /** Writes a consistent copy to a new file while workers go on; audited. @throws {WrongUseError} WRONG_USE — the file exists. */
  readonly backup: (file: string) => Promise<void>;
  /**
   * Writes the store anew without its free space: smaller, and without anything that was removed from it. Nobody else can write
   * meanwhile; a crash leaves the store as it was. Audited.
   * @throws {StoreInUseError} STORE_IN_USE — living workers hold runs
   * @throws {StoreFullError} STORE_FULL — the folder needs room for twice the store
   */
  readonly compact: () => Promise<CompactReport>;
  /**
   * Writes to the store and takes it back: resolves when it takes writes.
   * @throws {StoreBusyError} STORE_BUSY @throws {StoreFullError} STORE_FULL @throws {StoreReadonlyError} STORE_READONLY
   */
  readonly probe: () => Promise<void>;
  /**
   * Returns what works only partly with the store as it was opened; empty where everything works. `NO_SESSION_LOCK`: a pooler
   * stands before PostgreSQL, so runs of a worker that dies on another host are taken over when their leases end.
   */
  readonly limitations: () => readonly StoreLimitation[];
  /**
   * Returns where artifacts, large outputs and logs are kept, after writing, reading and removing a small file there where that
   * is another server.
   * @throws {StoreUnreachableError} STORE_UNREACHABLE — with what to correct
   */
  readonly checkArtifacts: () => Promise<ArtifactPlaceFacts>;
}

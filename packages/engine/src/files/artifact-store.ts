/**
 * Where the files of runs are, as a port: artifacts by (run, stage, attempt, name), large outputs by content hash, logs.
 * The database record rules; a file that is missing or changed is reported, never trusted.
 */
import type { Readable } from "node:stream";
import type { RunId } from "@holdfast/core";

/** One attempt's folder. */
export interface AttemptPlace {
  readonly runId: RunId;
  readonly stage: string;
  readonly attempt: number;
}

export interface WrittenFile {
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Part of a file, in bytes from 0; both ends are included. */
export interface ByteRange {
  /** First byte. */
  readonly start: number;
  /** Last byte. */
  readonly end: number;
}

/** How a browser treats a file that it fetches by a link. */
export interface LinkTerms {
  /** Content-Type of the answer. */
  readonly type: string;
  /** Content-Disposition of the answer. */
  readonly disposition: string;
}

/** Where the files of runs are, for people. */
export interface ArtifactPlaceFacts {
  /** `files`: a folder. `memory`: nothing is kept. `s3`: object storage. */
  readonly kind: "files" | "memory" | "s3";
  /** The folder or address, without secrets. */
  readonly location: string;
}

/** How another process opens the same store: a module that exports `openArtifacts(options)`. */
export interface ArtifactModule {
  /** URL of the module. */
  readonly url: string;
  /** Argument of `openArtifacts`, JSON. */
  readonly options: unknown;
}

export interface ArtifactStore {
  /** Write whole or not at all: to a temporary name, synced, then renamed. Overwrites a file of the same attempt. */
  write(
    place: AttemptPlace,
    name: string,
    data: string | Uint8Array | AsyncIterable<string | Uint8Array>,
  ): Promise<WrittenFile>;
  /** The same for several texts of one attempt, by their names: faster than one after the other. */
  writeTexts(place: AttemptPlace, texts: Readonly<Record<string, string>>): Promise<readonly WrittenFile[]>;
  /** The same for a library that wants a path. */
  writeWith(place: AttemptPlace, name: string, write: (path: string) => Promise<unknown>): Promise<WrittenFile>;
  /** A path that user code writes by itself; `adopt` hashes and syncs what it left there. */
  path(place: AttemptPlace, name: string): string;
  adopt(place: AttemptPlace, name: string): Promise<WrittenFile>;
  /** @throws {ArtifactMissingError} {ArtifactChangedError} when the file is not what was recorded. */
  read(place: AttemptPlace, file: WrittenFile): Promise<Uint8Array>;
  /** A local path to the same content, checked like `read`. */
  locate(place: AttemptPlace, file: WrittenFile): Promise<string>;
  /**
   * Opens the file, or a part of it, for reading. The length is checked before the first byte.
   * @throws {ArtifactMissingError} {ArtifactChangedError} when the file is not what was recorded.
   */
  open(place: AttemptPlace, file: WrittenFile, range?: ByteRange): Promise<Readable>;
  /** Where the file is, for people: an absolute path, or an address. */
  address(place: AttemptPlace, file: WrittenFile): string;
  /** A link by which anybody fetches the file for a few minutes; null where downloads go through the server. */
  link(place: AttemptPlace, file: WrittenFile, terms: LinkTerms): Promise<string | null>;
  /** Large outputs, by the SHA-256 of their text. */
  putOutput(runId: RunId, json: string): Promise<{ readonly sha256: string; readonly sizeBytes: number }>;
  getOutput(runId: RunId, sha256: string): Promise<string>;
  /** The same output for another run, which then no longer needs the first. */
  copyOutput(from: RunId, to: RunId, sha256: string): Promise<void>;
  /** Lines of a log of the run; survives the process, not a power loss. */
  appendLog(runId: RunId, log: "run" | "calls" | "errors", lines: readonly string[]): Promise<void>;
  /** The last line of a log, null when there is none. */
  lastLogLine(runId: RunId, log: "run" | "calls" | "errors"): Promise<string | null>;
  /** Both before they return, for the exit of a process. A store that cannot does nothing and answers null. */
  appendLogNow(runId: RunId, log: "run" | "errors", lines: readonly string[]): void;
  lastLogLineNow(runId: RunId, log: "run" | "errors"): string | null;
  /** Bytes of all files of the run, as the disk has them now; 0 when there are none. */
  sizeOfRun(runId: RunId): Promise<number>;
  /** The run's folder on this host, for files that are no artifacts; null where there is none. */
  runFolder(runId: RunId): string | null;
  /** Runs that have files here, whether or not there is a record of them. */
  listRuns(): Promise<readonly RunId[]>;
  /** When a run's files were last added to, milliseconds UTC; null where it has none. */
  changedAt(runId: RunId): Promise<number | null>;
  /** Addresses of the run's files that hold one of the texts, as it is or as JSON writes it. */
  findTexts(runId: RunId, texts: readonly string[]): AsyncIterable<string>;
  /** Remove everything the run wrote. */
  deleteRun(runId: RunId): Promise<void>;
  /** Remove what uploads that never ended have left behind for more than a day. */
  sweep(): Promise<void>;
  /** Whether files can be written, read and removed here. @throws the store's error, with its cure, when they cannot. */
  check(): Promise<ArtifactPlaceFacts>;
  /** How a worker's child processes open the same store; null: each makes it from its own data folder. */
  readonly processModule: ArtifactModule | null;
}

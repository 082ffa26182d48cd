/**
 * Logs of runs as objects: nothing can be appended to an object, so a log is a row of pieces, `<runId>/logs/<log>/<ms>-<id>.jsonl`.
 * A process rewrites its newest piece with each append until it is large, and begins another; a piece is always whole lines.
 * What is appended while a request is under way goes with the next one.
 */
import { randomBytes } from "node:crypto";
import type { RunId } from "@holdfast/core";
import type { Bucket, StoredObject } from "./bucket.js";

/** A piece is sent again with each append: 256 KiB take a few milliseconds, and a day's log stays below a hundred pieces. */
const PIECE_BYTES = 256 * 1024;
/** Runs that a process writes at a time; the piece of another is begun anew. */
const OPEN_MAX = 256;

interface Piece {
  key: string;
  text: string;
  waiting: string[];
  sending: Promise<void> | null;
}

export class Logs {
  private readonly pieces = new Map<string, Piece>();

  constructor(
    private readonly bucket: Bucket,
    private readonly nowMs: () => number,
  ) {}

  async append(runId: RunId, log: string, lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const piece = this.pieceOf(runId, log);
    piece.waiting.push(...lines);
    // The one that is under way does not have these lines: wait for it and for the one after it.
    while (piece.waiting.length > 0 || piece.sending !== null) {
      piece.sending ??= this.send(piece, runId, log).finally(() => {
        piece.sending = null;
      });
      await piece.sending;
    }
  }

  /** The last line that any process has stored; null when there is none. */
  async lastLine(runId: RunId, log: string): Promise<string | null> {
    const pieces: StoredObject[] = [];
    for await (const piece of this.bucket.list(this.folder(runId, log))) pieces.push(piece);
    // By the server's clock, which all processes share; within a second by the names.
    const newest = pieces.sort((a, b) => a.changedAt - b.changedAt || (a.key < b.key ? -1 : 1)).at(-1);
    if (newest === undefined) return null;
    const found = await this.bucket.get(newest.key);
    if (found === null) return null;
    const chunks: Uint8Array[] = [];
    for await (const chunk of found.body) chunks.push(chunk as Uint8Array);
    const lines = Buffer.concat(chunks).toString("utf8").trimEnd().split("\n");
    return lines.at(-1) || null;
  }

  forget(runId: RunId): void {
    for (const name of this.pieces.keys()) if (name.startsWith(`${runId}/`)) this.pieces.delete(name);
  }

  private async send(piece: Piece, runId: RunId, log: string): Promise<void> {
    const lines = piece.waiting;
    piece.waiting = [];
    const text = `${piece.text}${lines.join("\n")}\n`;
    await this.bucket.put(piece.key, Buffer.from(text));
    piece.text = text;
    if (Buffer.byteLength(text) >= PIECE_BYTES) {
      piece.text = "";
      piece.key = this.newKey(runId, log);
    }
  }

  private pieceOf(runId: RunId, log: string): Piece {
    const name = `${runId}/${log}`;
    const piece = this.pieces.get(name) ?? { key: this.newKey(runId, log), text: "", waiting: [], sending: null };
    this.pieces.delete(name);
    this.pieces.set(name, piece);
    for (const [oldest, { sending }] of this.pieces) {
      if (this.pieces.size <= OPEN_MAX) break;
      if (sending === null && oldest !== name) this.pieces.delete(oldest);
    }
    return piece;
  }

  private folder(runId: RunId, log: string): string {
    return this.bucket.keyOf(`${runId}/logs/${log}/`);
  }

  private newKey(runId: RunId, log: string): string {
    const began = String(this.nowMs()).padStart(15, "0");
    return `${this.folder(runId, log)}${began}-${randomBytes(6).toString("hex")}.jsonl`;
  }
}

/**
 * Events of a run as JSON text, put together by SQLite: a piece of 250 costs this thread one row, where it would cost 250 objects
 * and their text. Parsed, it is what `toEvent` makes of the same rows, which the contract suite compares.
 */
import { EVENT_CODES, type EventQuery } from "@holdfast/core";
import type { SqlContext } from "../context.js";

export interface EventTextRow {
  /** Null where the body of an event is no JSON: the text would be none either. */
  readonly json: string | null;
  readonly count: number;
  readonly lastSeq: number | null;
  readonly isOfRun: boolean;
  readonly isLast: boolean;
}

/** Read by one statement: a fifth of a millisecond. */
export const PIECE_COUNT = 250;
/** An answer that is longer is given without the rest. */
const LENGTH_MAX = 131_072;

interface Piece {
  readonly json: string | null;
  readonly count: number;
  readonly lastSeq: number | null;
  readonly isOfRun: number | null;
}

const OF_RUN = Object.entries(EVENT_CODES)
  .flatMap(([type, code]) => (type.startsWith("run.") ? [code] : []))
  .join(", ");

/** The stage first, as in `toEvent`; before a body without members there is no comma. */
const DATA = `CASE
  WHEN e.stage IS NULL THEN coalesce(e.body, '{}')
  WHEN coalesce(e.body, '{}') = '{}' THEN '{"stage":' || json_quote(e.stage) || '}'
  ELSE '{"stage":' || json_quote(e.stage) || ',' || substr(e.body, 2) END`;

/** Joined in the order in which the inner query, which has a limit, gives the rows. */
const SQL = `
  SELECT count(*) AS count, max(e.seq) AS lastSeq, max(e.type IN (${OF_RUN})) AS isOfRun,
         CASE WHEN coalesce(min(e.body IS NULL OR json_valid(e.body)), 1)
              THEN coalesce(group_concat(
                '{"runId":' || ?1 || ',"seq":' || e.seq || ',"at":' || e.at || ',"type":"'
                || (SELECT t.name FROM event_type t WHERE t.type = e.type) || '","data":' || ${DATA} || '}', ','), '')
         END AS json
    FROM (SELECT id, seq, type, at, stage, body FROM event
           WHERE id > (?2 << 32) + ?3 AND id < (?4 << 32) AND run_k = ?5
           ORDER BY id LIMIT ?6) e`;

export function listEventText(
  ctx: SqlContext,
  runId: string,
  { after, limit }: Pick<EventQuery, "after" | "limit">,
): EventTextRow {
  const runK = ctx.get<{ run_k: number }>("SELECT run_k FROM run WHERE run_id = ?", runId)?.run_k;
  const pieces: string[] = [];
  let [count, length, lastSeq, isOfRun, isLast] = [0, 0, null as number | null, false, runK === undefined];
  while (runK !== undefined && !isLast && count < limit && length < LENGTH_MAX) {
    const wanted = Math.min(PIECE_COUNT, limit - count);
    const piece = ctx.get<Piece>(SQL, JSON.stringify(runId), runK, lastSeq ?? after, runK + 1, runK, wanted);
    if (piece === undefined || piece.json === null) return { json: null, count: 0, lastSeq: null, isOfRun, isLast };
    if (piece.count > 0) pieces.push(piece.json);
    count += piece.count;
    length += piece.json.length;
    lastSeq = piece.lastSeq ?? lastSeq;
    isOfRun ||= piece.isOfRun === 1;
    isLast = piece.count < wanted;
  }
  return { json: `[${pieces.join(",")}]`, count, lastSeq, isOfRun, isLast };
}

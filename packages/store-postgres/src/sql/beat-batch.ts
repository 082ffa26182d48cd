/** Heartbeats of many runs in one call of a function of the database. */
import type { Beat, BeatAnswer, WishKind } from "@holdfast/core";
import type pg from "pg";

const SQL = "SELECT is_mine, wish, held_by FROM beats_v4($1, $2, $3, $4)";

export async function beatMany(client: pg.Client, beats: readonly Beat[]): Promise<readonly BeatAnswer[]> {
  const { rows } = await client.query<{ is_mine: boolean; wish: WishKind | null; held_by: string | null }>(SQL, [
    beats.map(({ runId }) => runId),
    beats.map(({ token }) => token),
    beats.map(({ nonce }) => nonce),
    beats.map(({ leaseMs }) => Math.round(leaseMs)),
  ]);
  return rows.map(({ is_mine, wish, held_by }) =>
    is_mine ? { kind: "extended", wish } : { kind: "lost", heldBy: held_by },
  );
}

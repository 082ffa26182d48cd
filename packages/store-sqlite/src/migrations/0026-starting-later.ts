/**
 * When and in which order queued runs are claimed.
 *
 * - `rank`: the order of claims, before age. 9 less the priority.
 * - `not_before`: an instant of the steady clock before which the run is not claimed, whatever the wall clock says.
 * - `dedupe`: of a key one run is active, and one (`is_successor`) waits for its end, without `wake_at`. `quiet_until`: until when on
 *   the steady clock further starts may put the run off.
 * - Tags are values of the search field `#tag`, which no workflow can declare.
 */
export const STARTING_LATER_SQL = `
ALTER TABLE run ADD COLUMN priority INTEGER NOT NULL DEFAULT 5;
ALTER TABLE run ADD COLUMN tags TEXT;            -- JSON list; null: none
ALTER TABLE run_live ADD COLUMN priority INTEGER NOT NULL DEFAULT 5;
ALTER TABLE run_live ADD COLUMN rank INTEGER NOT NULL DEFAULT 4;
ALTER TABLE run_live ADD COLUMN not_before INTEGER;
ALTER TABLE run ADD COLUMN dedupe_key TEXT;
ALTER TABLE run_live ADD COLUMN dedupe TEXT;     -- JSON: owner and key
ALTER TABLE run_live ADD COLUMN is_successor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_live ADD COLUMN quiet_until INTEGER;
CREATE UNIQUE INDEX live_dedupe ON run_live(workflow_k, dedupe, is_successor) WHERE dedupe IS NOT NULL;
INSERT OR IGNORE INTO event_type VALUES (30, 'run.input_replaced'), (31, 'run.released');
DROP INDEX live_queued;
CREATE INDEX live_queued ON run_live(workflow_k, rank, wake_at, run_k) WHERE phase = 0;
`;

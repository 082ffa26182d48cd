/**
 * Whose process died. `deaths`: how often in a row the run's holder died or fell silent, since an outcome of a stage or an item
 * was recorded. `in_company`: set on running runs when another run of the same process is recovered, so that the last of them
 * is not taken for one that died alone.
 */
export const SUSPECTS_SQL = `
ALTER TABLE run ADD COLUMN deaths INTEGER;                      -- as of the end, like recoveries
ALTER TABLE run_live ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_live ADD COLUMN in_company INTEGER NOT NULL DEFAULT 0;
CREATE INDEX live_suspect ON run_live(workflow_k, wake_at, run_k) WHERE phase = 0 AND deaths > 0;

-- Recoveries were counted over a run's life: what was counted goes on to count.
UPDATE run_live SET deaths = recoveries WHERE recoveries > 0;
`;

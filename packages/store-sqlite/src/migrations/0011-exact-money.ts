/**
 * Money as whole nano-dollars, whose sums are exact, and calls of unknown price counted beside them. Costs of earlier versions
 * are rounded to the nanos that they stood for; what was negative, which such versions took, is nothing.
 *
 * The items' tables are written anew instead of altered: a new column would stand behind the output, which may fill pages.
 */
import { NANOS_MAX } from "@holdfast/core";

const nanos = (usd: string) => `CAST(min(max(round(${usd} * 1e9), 0), ${NANOS_MAX}) AS INTEGER)`;

export const EXACT_MONEY_SQL = `
DROP VIEW run_items;

ALTER TABLE map ADD COLUMN cost_nanos INTEGER NOT NULL DEFAULT 0;
ALTER TABLE map ADD COLUMN unpriced_calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE map ADD COLUMN unpriced_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE map ADD COLUMN reserved_nanos INTEGER NOT NULL DEFAULT 0;
UPDATE map SET cost_nanos = ${nanos("cost_usd")}, reserved_nanos = ${nanos("reserved_usd")};
ALTER TABLE map DROP COLUMN cost_usd;
ALTER TABLE map DROP COLUMN reserved_usd;

CREATE TABLE new_item_result (
  map_k INTEGER NOT NULL, key TEXT NOT NULL, idx INTEGER NOT NULL,
  outcome INTEGER NOT NULL,                    -- 1 ok, 0 error
  category TEXT, config_k INTEGER NOT NULL, attempt INTEGER NOT NULL, item_sha256 BLOB,
  cost_nanos INTEGER NOT NULL, unpriced_calls INTEGER NOT NULL, unpriced_tokens INTEGER NOT NULL,
  started_at INTEGER NOT NULL, finished_at INTEGER NOT NULL, usage TEXT, error TEXT, first_error TEXT, output TEXT,
  PRIMARY KEY (map_k, key)) STRICT, WITHOUT ROWID;
INSERT INTO new_item_result
  SELECT map_k, key, idx, outcome, category, config_k, attempt, item_sha256, ${nanos("cost_usd")}, 0, 0,
         started_at, finished_at, usage, error, first_error, output
    FROM item_result ORDER BY map_k, key;
DROP TABLE item_result;
ALTER TABLE new_item_result RENAME TO item_result;
CREATE INDEX item_error ON item_result(map_k, category, key) WHERE outcome = 0;

CREATE TABLE new_item_failure (
  map_k INTEGER NOT NULL, key TEXT NOT NULL, attempt INTEGER NOT NULL, finished_at INTEGER NOT NULL, category TEXT NOT NULL,
  cost_nanos INTEGER NOT NULL, unpriced_calls INTEGER NOT NULL, unpriced_tokens INTEGER NOT NULL, error TEXT NOT NULL,
  PRIMARY KEY (map_k, key, attempt)) STRICT, WITHOUT ROWID;
INSERT INTO new_item_failure
  SELECT map_k, key, attempt, finished_at, category, ${nanos("cost_usd")}, 0, 0, error
    FROM item_failure ORDER BY map_k, key, attempt;
DROP TABLE item_failure;
ALTER TABLE new_item_failure RENAME TO item_failure;

CREATE TABLE new_paid_result (
  run_k INTEGER NOT NULL, stage TEXT NOT NULL, key TEXT NOT NULL, config_hash TEXT NOT NULL, item_sha256 BLOB,
  cost_nanos INTEGER NOT NULL, unpriced_calls INTEGER NOT NULL, unpriced_tokens INTEGER NOT NULL,
  output TEXT, usage TEXT, saved_at INTEGER NOT NULL,
  PRIMARY KEY (run_k, stage, key, config_hash)) STRICT, WITHOUT ROWID;
INSERT INTO new_paid_result
  SELECT run_k, stage, key, config_hash, item_sha256, ${nanos("cost_usd")}, 0, 0, output, usage, saved_at
    FROM paid_result ORDER BY run_k, stage, key, config_hash;
DROP TABLE paid_result;
ALTER TABLE new_paid_result RENAME TO paid_result;

-- As before, and at the end what is exact. cost_usd is null where calls were made and none of them has a known cost.
CREATE VIEW run_items AS
SELECT r.run_id, m.stage, i.key, CASE i.outcome WHEN 1 THEN 'ok' ELSE 'error' END AS outcome, i.category,
       i.attempt AS attempts, CASE WHEN i.cost_nanos > 0 OR i.unpriced_calls = 0 THEN i.cost_nanos / 1e9 END AS cost_usd,
       i.cost_nanos, i.unpriced_calls, i.unpriced_tokens
  FROM run r LEFT JOIN run_live l ON l.run_k = r.run_k
  JOIN map m ON m.run_k = r.run_k AND m.generation = coalesce(l.generation, r.generation)
  JOIN item_result i ON i.map_k = m.map_k;
`;

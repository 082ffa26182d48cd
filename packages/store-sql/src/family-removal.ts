/** What stands in the way of removing a run because of its family, and what goes with it. */
import type { RunId, RunStatus } from "@holdfast/core";
import { type Sql, type Steps, wait } from "./steps.js";
import { OPEN } from "./wait-rows.js";

/** Enough to see what is to be done first. */
const CHILDREN_TOLD_MAX = 20;

const BELOW_SQL = `
  WITH RECURSIVE below(run_k, depth) AS (
    SELECT c.run_k, 1 FROM run c WHERE c.parent_k = ?
    UNION ALL SELECT c.run_k, b.depth + 1 FROM below b JOIN run c ON c.parent_k = b.run_k)`;

/** What stands in the way of a removal because of the family; null if nothing does. */
export type FamilyHold =
  | { readonly kind: "hasChildren"; readonly children: readonly RunId[] }
  | { readonly kind: "awaited"; readonly parent: RunId };

/**
 * Whether a run may be removed with the finished runs below it. One that has ended stays while its parent's wait is open: the parent
 * has not taken its outcome yet, and would start it again.
 */
export function* findFamilyHold(sql: Sql, runK: number): Steps<FamilyHold | null> {
  const children = yield* wait(
    sql.all<{ id: RunId }>(
      `${BELOW_SQL} SELECT r.run_id AS id FROM below b JOIN run r ON r.run_k = b.run_k
        WHERE r.final_status IS NULL ORDER BY r.run_k LIMIT ${CHILDREN_TOLD_MAX}`,
      runK,
    ),
  );
  if (children.length > 0) return { kind: "hasChildren", children: children.map(({ id }) => id) };
  const awaiting = yield* wait(
    sql.get<{ id: RunId }>(
      `SELECT p.run_id AS id FROM run r JOIN run p ON p.run_k = r.parent_k
        WHERE r.run_k = ? AND p.final_status IS NULL
          AND (r.final_status IS NULL OR EXISTS (
            SELECT 1 FROM wait w WHERE w.run_k = p.run_k AND w.stage = r.parent_stage AND w.generation = r.parent_generation
               AND w.kind = 'child' AND w.state = ${OPEN}))`,
      runK,
    ),
  );
  return awaiting === undefined ? null : { kind: "awaited", parent: awaiting.id };
}

/** The runs below a run, deepest first. */
export function* listBelow(
  sql: Sql,
  runK: number,
): Steps<readonly { readonly run_k: number; readonly run_id: RunId; readonly status: RunStatus }[]> {
  return yield* wait(
    sql.all<{ run_k: number; run_id: RunId; status: RunStatus }>(
      `${BELOW_SQL} SELECT r.run_k, r.run_id, r.final_status AS status FROM below b JOIN run r ON r.run_k = b.run_k
        ORDER BY b.depth DESC, r.run_k`,
      runK,
    ),
  );
}

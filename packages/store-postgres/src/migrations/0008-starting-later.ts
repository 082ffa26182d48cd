/**
 * When and in which order queued runs are claimed.
 *
 * - `rank`: the order of claims, before age. 9 less the priority.
 * - `dedupe`: of a key one run is active, and one (`is_successor`) waits for its end, without `wake_at`. `quiet_until`: until when
 *   further starts may put the run off.
 * - Tags are values of the search field `#tag`, which no workflow can declare.
 */
const TABLES_SQL = `
ALTER TABLE run ADD COLUMN priority smallint NOT NULL DEFAULT 5, ADD COLUMN tags text,
  ADD COLUMN dedupe_key text;                    -- tags: JSON list; null: none
ALTER TABLE run_live ADD COLUMN priority smallint NOT NULL DEFAULT 5, ADD COLUMN rank smallint NOT NULL DEFAULT 4,
  ADD COLUMN not_before bigint;                  -- of no use here, where one clock tells everything
ALTER TABLE run_live ADD COLUMN dedupe text COLLATE "C", -- JSON: owner and key
  ADD COLUMN is_successor smallint NOT NULL DEFAULT 0, ADD COLUMN quiet_until bigint;
CREATE UNIQUE INDEX live_dedupe ON run_live(workflow_k, dedupe, is_successor) WHERE dedupe IS NOT NULL;
DROP INDEX IF EXISTS live_queued;
CREATE INDEX live_queued ON run_live(workflow_k, rank, wake_at, run_k) WHERE phase = 0;
`;

const SETTINGS = "SET plan_cache_mode = force_generic_plan SET enable_seqscan = off";

/** Queued runs of workflows without search fields. As `creates_v4`, with when and in which order they start. */
const CREATES = `
CREATE FUNCTION creates_v8(p_run text[], p_workflow bigint[], p_definition bigint[], p_owner text[], p_key text[],
  p_hash text[], p_input text[], p_given text[], p_secrets text[], p_stall bigint[], p_through text[], p_body text[],
  p_name text[], p_actor text[], p_via text[], p_request text[], p_action text[], p_reason text[], p_after text[], p_type smallint,
  p_priority smallint[], p_delay bigint[], p_at bigint[])
RETURNS TABLE (place bigint) LANGUAGE plpgsql ${SETTINGS} AS $$
#variable_conflict use_column
DECLARE t bigint := now_ms();
BEGIN
  RETURN QUERY
  WITH i AS MATERIALIZED (
    SELECT * FROM unnest(p_run, p_workflow, p_definition, p_owner, p_key, p_hash, p_input, p_given, p_secrets, p_stall,
                         p_through, p_body, p_name, p_actor, p_via, p_request, p_action, p_reason, p_after, p_priority, p_delay,
                         p_at) WITH ORDINALITY
      AS n(run_id, workflow_k, definition_k, owner, key, hash, input, given, secrets, stall, through, body, name, actor, via,
           request, action, reason, after, priority, delay, due, place)
     WHERE NOT EXISTS (SELECT 1 FROM search_field f WHERE f.workflow_k = n.workflow_k) ORDER BY key NULLS FIRST, place),
  r AS (
    INSERT INTO run (run_id, workflow_k, definition_k, owner, idempotency_key, idempotency_hash, input, given, secrets, created_at,
                     priority)
    SELECT run_id, workflow_k, definition_k, owner, key, hash, input, given, secrets, t, priority FROM i
    ON CONFLICT DO NOTHING RETURNING run_k, run_id),
  m AS MATERIALIZED (SELECT i.*, r.run_k FROM r JOIN i USING (run_id)),
  v AS (
    INSERT INTO run_live (run_k, workflow_k, phase, wake_at, token, progress_at, stall_ms, next_seq, through, updated_at, priority,
                          rank)
    SELECT run_k, workflow_k, 0, coalesce(due, t + delay, t), 0, greatest(t, coalesce(due, t + delay, t)), stall, 2, through, t,
           priority, 9 - priority FROM m),
  e AS (INSERT INTO event_row (run_k, seq, type, at, stage, body) SELECT run_k, 1, p_type, t, NULL, body FROM m),
  a AS (
    INSERT INTO audit (at, actor, via, request_id, action, reason, run_id, workflow, owner, before, after)
    SELECT t, actor, via, request, action, reason, run_id, name, owner, NULL, after FROM m WHERE actor IS NOT NULL)
  SELECT m.place FROM m;
END $$;`;

/**
 * A later step makes the function of it. Runs as they are after they were claimed, each as JSON. `p_code_of`: workflows of which the caller says its code. `p_aged`: how
 * many of them are the oldest, whatever their rank.
 */
export const CLAIM_IN_ORDER = `
CREATE FUNCTION claim_v8(p_workflows bigint[], p_limit int, p_suspects text, p_alone bigint, p_patience bigint, p_holder bigint,
  p_lease bigint, p_nonce text, p_type smallint, p_body text, p_code_of bigint[], p_codes text[], p_aged int)
RETURNS TABLE (token bigint, is_reopening smallint, run text) LANGUAGE plpgsql ${SETTINGS} AS $$
#variable_conflict use_column
DECLARE
  t bigint := now_ms();
  until bigint := t;
  suspect bigint;
  rk smallint := -1000;
  many int;
  ks bigint[] := '{}';
BEGIN
  -- Looked at without a lock first: a suspect that is not taken must not be locked away from those who would.
  SELECT min(c.wake_at) INTO suspect FROM unnest(p_workflows) AS w(k) CROSS JOIN LATERAL (
    SELECT wake_at FROM run_live
     WHERE phase = 0 AND workflow_k = w.k AND wake_at <= t AND deaths > 0 AND deaths >= p_alone
     ORDER BY wake_at, run_k LIMIT 1) c;
  IF suspect IS NOT NULL AND p_suspects <> 'none' THEN
    ks := array(SELECT c.run_k FROM unnest(p_workflows) AS w(k) CROSS JOIN LATERAL (
      SELECT run_k, wake_at FROM run_live
       WHERE phase = 0 AND workflow_k = w.k AND wake_at <= t AND deaths > 0 AND deaths >= p_alone
       ORDER BY wake_at, run_k LIMIT 1 FOR UPDATE SKIP LOCKED) c ORDER BY c.wake_at, c.run_k LIMIT 1);
  ELSIF p_suspects = 'only' THEN
    RETURN;
  ELSE
    IF suspect <= t - p_patience THEN until := suspect; END IF;
    -- The head of each rank, so that the oldest of all is among them.
    IF p_aged > 0 THEN
      ks := array(SELECT c.run_k FROM unnest(p_workflows) AS w(k) CROSS JOIN generate_series(0, 9) AS g(rank) CROSS JOIN LATERAL (
        SELECT run_k, wake_at FROM run_live
         WHERE phase = 0 AND workflow_k = w.k AND rank = g.rank AND wake_at <= until AND deaths < p_alone
         ORDER BY wake_at, run_k LIMIT p_aged) c ORDER BY c.wake_at, c.run_k LIMIT p_aged);
      ks := array(SELECT run_k FROM run_live WHERE run_k = ANY (ks) AND phase = 0 AND wake_at <= until
                   ORDER BY wake_at, run_k FOR UPDATE SKIP LOCKED);
    END IF;
    LOOP
      many := p_limit - cardinality(ks);
      EXIT WHEN many <= 0;
      SELECT min(c.rank) INTO rk FROM unnest(p_workflows) AS w(k) CROSS JOIN LATERAL (
        SELECT rank FROM run_live WHERE phase = 0 AND workflow_k = w.k AND rank > rk ORDER BY rank LIMIT 1) c;
      EXIT WHEN rk IS NULL;
      ks := ks || array(SELECT c.run_k FROM unnest(p_workflows) AS w(k) CROSS JOIN LATERAL (
        SELECT run_k, wake_at FROM run_live
         WHERE phase = 0 AND workflow_k = w.k AND rank = rk AND wake_at <= until AND deaths < p_alone AND run_k <> ALL (ks)
         ORDER BY wake_at, run_k LIMIT many FOR UPDATE SKIP LOCKED) c ORDER BY c.wake_at, c.run_k LIMIT many);
    END LOOP;
  END IF;
  IF cardinality(ks) = 0 THEN RETURN; END IF;
  WITH taken AS (
    UPDATE run_live v
       SET phase = 1, wake_at = NULL, reason = NULL, token = v.token + 1, nonce = p_nonce, holder_k = p_holder,
           since = t, lease_ms = p_lease, beat_at = t, progress_at = t, wish = NULL, wish_reason = NULL,
           next_seq = v.next_seq + 1, in_company = 0, open_attempts = 0, started_at = coalesce(v.started_at, t), updated_at = t
     WHERE v.run_k = ANY (ks)
    RETURNING v.run_k, v.workflow_k, v.token, v.next_seq, v.has_record),
  e AS (
    INSERT INTO event_row (run_k, seq, type, at, stage, body)
    SELECT run_k, next_seq - 1, p_type, t, NULL, p_body || token || '}' FROM taken)
  -- Where nothing was recorded, nothing depends on earlier code: what executes the run from now on is its code.
  UPDATE run SET code = c.code
    FROM taken JOIN unnest(p_code_of, p_codes) AS c(k, code) ON c.k = taken.workflow_k
   WHERE run.run_k = taken.run_k
     AND CASE WHEN taken.has_record = 0 THEN run.code IS DISTINCT FROM c.code ELSE run.code IS NULL END;
  RETURN QUERY
  SELECT l.token, l.is_reopening, (SELECT row_to_json(x)::text FROM (SELECT @COLUMNS@) x)
    FROM unnest(ks) WITH ORDINALITY AS n(k, place)
    JOIN run r ON r.run_k = n.k JOIN run_live l ON l.run_k = r.run_k
    JOIN workflow w ON w.workflow_k = r.workflow_k JOIN definition d ON d.definition_k = r.definition_k
    LEFT JOIN holder h ON h.holder_k = l.holder_k
   ORDER BY n.place;
END $$;`;

export const STARTING_LATER_SQL = [TABLES_SQL, CREATES].join("\n");

/**
 * One call for a batch: what gathered while the statement before was under way goes with one round trip, in a transaction of its
 * own. Each function checks the fence of every call under its row's lock and carries out the calls that pass; for what it does not
 * answer, nothing was written, and the caller asks singly why.
 *
 * - Rows are locked in the order of their numbers, each by one lookup: a subquery with a row lock is never pulled up into the join.
 * - The fence is token and nonce; the nonce is null while nobody holds the run.
 * - At most one call of a run is in a batch, so its event numbers follow from the locked row.
 * - Plans are made once for each connection and never with a scan of a whole table, whatever the sizes were at that time.
 * - Soft: the commit does not wait for the disk. It must be set within the body; as a clause it would end before the commit.
 */
const SETTINGS = "SET plan_cache_mode = force_generic_plan SET enable_seqscan = off";
const SOFT = "IF is_soft THEN PERFORM set_config('synchronous_commit', 'off', true); END IF;";

/** The runs of the calls, held under the lease that each names; `columns` of their live rows. */
const held = (columns: string, condition: string, lock: string) => `
  i AS MATERIALIZED (
    SELECT u.*, (SELECT r.run_k FROM run r WHERE r.run_id = u.run_id) AS k FROM u ORDER BY k),
  l AS MATERIALIZED (
    SELECT i.*, x.* FROM i CROSS JOIN LATERAL (
      SELECT ${columns} FROM run_live v
       WHERE v.run_k = i.k AND v.token = i.token AND v.nonce = i.nonce ${condition} FOR ${lock}) x)`;

/** kind 1: an attempt starts; 2: it ends; 3: events alone. */
const STAGES = `
CREATE FUNCTION stages_v4(is_soft boolean, p_run text[], p_token bigint[], p_nonce text[], p_kind smallint[], p_events int[],
  p_stage text[], p_attempt bigint[], p_status text[], p_record smallint[], p_hash text[], p_label text[], p_show text[],
  p_error text[], p_output text[], p_sha text[], p_bytes bigint[],
  e_place int[], e_n int[], e_type smallint[], e_stage text[], e_body text[])
RETURNS TABLE (place bigint, wish text) LANGUAGE plpgsql ${SETTINGS} AS $$
#variable_conflict use_column
DECLARE t bigint := now_ms();
BEGIN
  ${SOFT}
  RETURN QUERY
  WITH u AS (
    SELECT * FROM unnest(p_run, p_token, p_nonce, p_kind, p_events, p_stage, p_attempt, p_status, p_record, p_hash, p_label,
                         p_show, p_error, p_output, p_sha, p_bytes) WITH ORDINALITY
      AS n(run_id, token, nonce, kind, events, stage, attempt, status, record, hash, label, show, error, output, sha, bytes, place)),
  ${held("v.generation, v.next_seq, v.holder_k, v.wish", "AND (v.wish IS NULL OR v.wish = 'pause')", "NO KEY UPDATE")},
  s AS (
    INSERT INTO attempt_row (run_k, stage, attempt, generation, start_seq, status, holder_k, started_at, inputs_hash, label)
    SELECT l.k, l.stage, l.attempt, l.generation, l.next_seq, 'running', l.holder_k, t, l.hash, l.label
      FROM l WHERE l.kind = 1 ON CONFLICT DO NOTHING RETURNING run_k),
  f AS (
    UPDATE attempt_row a
       SET status = l.status, is_record = l.record, finished_at = t, error = l.error, output = l.output,
           output_sha256 = l.sha, output_bytes = l.bytes
      FROM l
     WHERE l.kind = 2 AND a.run_k = l.k AND a.stage = l.stage AND a.attempt = l.attempt AND a.status = 'running'
       AND (l.record = 0 OR NOT EXISTS (
             SELECT 1 FROM attempt_row o
              WHERE o.run_k = l.k AND o.stage = l.stage AND o.generation = l.generation AND o.is_record = 1))
    RETURNING a.run_k),
  d AS MATERIALIZED (
    SELECT l.* FROM l WHERE l.kind = 3 OR l.k IN (SELECT run_k FROM s) OR l.k IN (SELECT run_k FROM f)),
  e AS (
    INSERT INTO event_row (run_k, seq, type, at, stage, body)
    SELECT d.k, d.next_seq + n.n, n.type, t, n.stage, n.body
      FROM unnest(e_place, e_n, e_type, e_stage, e_body) AS n(place, n, type, stage, body) JOIN d ON d.place = n.place),
  r AS (
    UPDATE run SET last_error = d.error, last_error_at = t
      FROM d WHERE d.status = 'failed' AND d.error IS NOT NULL AND run.run_k = d.k),
  w AS (
    UPDATE run_live v
       SET next_seq = v.next_seq + d.events, beat_at = t, updated_at = t,
           progress_at = CASE WHEN d.record = 1 THEN t ELSE v.progress_at END,
           has_progressed = CASE WHEN d.record = 1 THEN 1 ELSE v.has_progressed END,
           has_record = CASE WHEN d.record = 1 THEN 1 ELSE v.has_record END,
           deaths = CASE WHEN d.record = 1 THEN 0 ELSE v.deaths END,
           is_reopening = CASE WHEN d.record = 1 THEN 0 ELSE v.is_reopening END,
           open_attempts = CASE d.kind WHEN 1 THEN v.open_attempts + 1 WHEN 2 THEN greatest(0, v.open_attempts - 1)
                                       ELSE v.open_attempts END,
           stages_done = v.stages_done + CASE WHEN d.status = 'completed' THEN 1 ELSE 0 END,
           label = coalesce(d.show, v.label)
      FROM d WHERE v.run_k = d.k)
  SELECT d.place, d.wish FROM d;
END $$;`;

/** Runs that are completed or failed, while nobody asked for anything else. A later step begins from this text. */
export const REPORTS = `
CREATE FUNCTION reports_v4(p_run text[], p_token bigint[], p_nonce text[], p_status text[], p_reason text[], p_error text[],
  p_output text[], p_sha text[], p_bytes bigint[], p_cause text[], p_type smallint[], p_body text[])
RETURNS TABLE (place bigint) LANGUAGE plpgsql ${SETTINGS} AS $$
#variable_conflict use_column
DECLARE t bigint := now_ms();
BEGIN
  RETURN QUERY
  WITH u AS (
    SELECT * FROM unnest(p_run, p_token, p_nonce, p_status, p_reason, p_error, p_output, p_sha, p_bytes, p_cause, p_type, p_body)
             WITH ORDINALITY
      AS n(run_id, token, nonce, ending, reason, error, output, sha, bytes, cause, type, body, place)),
  ${held(
    `v.next_seq, v.open_attempts, v.started_at, v.generation, v.through, v.recoveries, v.deaths, v.retries, v.has_record,
             v.stages_done, v.items_done, v.items_total, v.items_failed, v.items_per_s, v.label, v.reached`,
    "AND v.wish IS NULL",
    "UPDATE",
  )},
  a AS (
    UPDATE attempt_row a SET status = 'interrupted', finished_at = t
      FROM l WHERE l.open_attempts > 0 AND a.run_k = l.k AND a.status = 'running'),
  e AS (
    INSERT INTO event_row (run_k, seq, type, at, stage, body) SELECT l.k, l.next_seq, l.type, t, NULL, l.body FROM l),
  r AS (
    UPDATE run
       SET final_status = l.ending, reason = l.reason, error = l.error, last_error = coalesce(l.error, last_error),
           last_error_at = CASE WHEN l.error IS NULL THEN last_error_at ELSE t END, output = l.output,
           output_sha256 = l.sha, output_bytes = l.bytes, finished_at = t, updated_at = t, head = l.next_seq,
           started_at = l.started_at, token = l.token, generation = l.generation, through = l.through,
           recoveries = l.recoveries, deaths = l.deaths, retries = l.retries, has_record = l.has_record,
           stages_done = l.stages_done, items_done = l.items_done, items_total = l.items_total, items_failed = l.items_failed,
           items_per_s = l.items_per_s, label = l.label, reached = l.reached, cause = l.cause
      FROM l WHERE run.run_k = l.k),
  k AS (
    INSERT INTO run_cause (cause, run_k) SELECT l.cause, l.k FROM l WHERE l.cause IS NOT NULL ON CONFLICT DO NOTHING),
  x AS (DELETE FROM run_live v USING l WHERE v.run_k = l.k),
  y AS (UPDATE wait v SET state = 0, closed_at = t FROM l WHERE v.run_k = l.k AND v.state = 1),
  c AS (INSERT INTO run_count (status, runs) SELECT l.ending, count(*) FROM l GROUP BY l.ending)
  SELECT l.place FROM l;
END $$;`;

/** Queued runs of workflows without search fields. */
const CREATES = `
CREATE FUNCTION creates_v4(p_run text[], p_workflow bigint[], p_definition bigint[], p_owner text[], p_key text[],
  p_hash text[], p_input text[], p_given text[], p_secrets text[], p_stall bigint[], p_through text[], p_body text[],
  p_name text[], p_actor text[], p_via text[], p_request text[], p_action text[], p_reason text[], p_after text[], p_type smallint)
RETURNS TABLE (place bigint) LANGUAGE plpgsql ${SETTINGS} AS $$
#variable_conflict use_column
DECLARE t bigint := now_ms();
BEGIN
  RETURN QUERY
  WITH i AS MATERIALIZED (
    SELECT * FROM unnest(p_run, p_workflow, p_definition, p_owner, p_key, p_hash, p_input, p_given, p_secrets, p_stall,
                         p_through, p_body, p_name, p_actor, p_via, p_request, p_action, p_reason, p_after) WITH ORDINALITY
      AS n(run_id, workflow_k, definition_k, owner, key, hash, input, given, secrets, stall, through, body, name, actor, via,
           request, action, reason, after, place)
     WHERE NOT EXISTS (SELECT 1 FROM search_field f WHERE f.workflow_k = n.workflow_k) ORDER BY key NULLS FIRST, place),
  r AS (
    INSERT INTO run (run_id, workflow_k, definition_k, owner, idempotency_key, idempotency_hash, input, given, secrets, created_at)
    SELECT run_id, workflow_k, definition_k, owner, key, hash, input, given, secrets, t FROM i
    ON CONFLICT DO NOTHING RETURNING run_k, run_id),
  m AS MATERIALIZED (SELECT i.*, r.run_k FROM r JOIN i USING (run_id)),
  v AS (
    INSERT INTO run_live (run_k, workflow_k, phase, wake_at, token, progress_at, stall_ms, next_seq, through, updated_at)
    SELECT run_k, workflow_k, 0, t, 0, t, stall, 2, through, t FROM m),
  e AS (INSERT INTO event_row (run_k, seq, type, at, stage, body) SELECT run_k, 1, p_type, t, NULL, body FROM m),
  a AS (
    INSERT INTO audit (at, actor, via, request_id, action, reason, run_id, workflow, owner, before, after)
    SELECT t, actor, via, request, action, reason, run_id, name, owner, NULL, after FROM m WHERE actor IS NOT NULL)
  SELECT m.place FROM m;
END $$;`;

/** Runs as they are after they were claimed, each as JSON. `p_code_of`: workflows of which the caller says its code. A later step begins from this text. */
export const CLAIM = `
CREATE FUNCTION claim_v4(p_workflows bigint[], p_limit int, p_suspects text, p_alone bigint, p_patience bigint, p_holder bigint,
  p_lease bigint, p_nonce text, p_type smallint, p_body text, p_code_of bigint[], p_codes text[])
RETURNS TABLE (token bigint, is_reopening smallint, run text) LANGUAGE plpgsql ${SETTINGS} AS $$
#variable_conflict use_column
DECLARE
  t bigint := now_ms();
  until bigint := t;
  lim int := p_limit;
  suspect bigint;
  ks bigint[];
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
    ks := array(SELECT c.run_k FROM unnest(p_workflows) AS w(k) CROSS JOIN LATERAL (
      SELECT run_k, wake_at FROM run_live
       WHERE phase = 0 AND workflow_k = w.k AND wake_at <= until AND deaths < p_alone
       ORDER BY wake_at, run_k LIMIT lim FOR UPDATE SKIP LOCKED) c ORDER BY c.wake_at, c.run_k LIMIT lim);
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

/**
 * Commits of a map whose results are the first of their items: what nearly all are. No row is answered where one of them has a
 * result already, or the map is not there.
 */
const ITEMS = `
CREATE FUNCTION items_v4(is_soft boolean, p_run text, p_token bigint, p_nonce text, p_stage text,
  i_n bigint[], i_idx bigint[], i_key text[], i_attempt int[],
  r_key text[], r_idx bigint[], r_outcome smallint[], r_category text[], r_attempt int[], r_sha text[], r_nanos bigint[],
  r_calls bigint[], r_tokens bigint[], r_ms bigint[], r_usage text[], r_error text[], r_output text[], r_label text[], r_cause text[],
  p_ok bigint, p_failed bigint, p_nanos bigint, p_calls bigint, p_tokens bigint, p_max bigint,
  p_committed bigint, p_low bigint, p_intent_low bigint, p_intent_count bigint, p_total bigint,
  has_items boolean, p_done bigint, p_items bigint, p_items_failed bigint, p_rate float8, p_eta_low bigint, p_eta_high bigint,
  p_label text, g_idx bigint[], g_before text[], g_keys text[], e_type smallint[], e_stage text[], e_body text[])
RETURNS TABLE (wish text) LANGUAGE plpgsql ${SETTINGS} AS $$
#variable_conflict use_column
DECLARE
  t bigint := now_ms();
  l record;
  m record;
  has_results boolean := cardinality(r_key) > 0;
BEGIN
  ${SOFT}
  SELECT v.run_k, v.generation, v.next_seq, v.wish INTO l FROM run_live v
   WHERE v.run_k = (SELECT r.run_k FROM run r WHERE r.run_id = p_run) AND v.token = p_token AND v.nonce = p_nonce
     AND (v.wish IS NULL OR v.wish = 'pause') FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT a.map_k, a.config_k INTO m FROM map a
   WHERE a.run_k = l.run_k AND a.generation = l.generation AND a.stage = p_stage FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  IF has_results AND EXISTS (
    SELECT 1 FROM unnest(r_key) AS k(key) JOIN item_result i ON i.map_k = m.map_k AND i.key = k.key) THEN RETURN;
  END IF;
  INSERT INTO item_attempt (map_k, n, idx, key, attempt, started_at)
  SELECT m.map_k, n, idx, key, attempt, t FROM unnest(i_n, i_idx, i_key, i_attempt) AS u(n, idx, key, attempt)
  ON CONFLICT DO NOTHING;
  IF cardinality(g_idx) > 0 THEN
    INSERT INTO item_page (map_k, first_idx, before, keys)
    SELECT m.map_k, idx, before, keys FROM unnest(g_idx, g_before, g_keys) AS u(idx, before, keys)
    ON CONFLICT (map_k, first_idx) DO UPDATE SET before = excluded.before, keys = excluded.keys;
    DELETE FROM item_page WHERE map_k = m.map_k AND first_idx < (
      SELECT max(first_idx) FROM item_page WHERE map_k = m.map_k AND first_idx < greatest(1, p_low));
  END IF;
  IF has_results THEN
    INSERT INTO item_result (map_k, key, idx, outcome, category, config_k, attempt, item_sha256, cost_nanos, unpriced_calls,
                             unpriced_tokens, started_at, finished_at, usage, error, first_error, output, label, cause)
    SELECT m.map_k, key, idx, outcome, category, m.config_k, attempt, decode(sha, 'hex'), nanos, calls, tokens, t - ms, t,
           usage, error, error, output, label, cause
      FROM unnest(r_key, r_idx, r_outcome, r_category, r_attempt, r_sha, r_nanos, r_calls, r_tokens, r_ms, r_usage, r_error,
                  r_output, r_label, r_cause)
        AS u(key, idx, outcome, category, attempt, sha, nanos, calls, tokens, ms, usage, error, output, label, cause);
    INSERT INTO run_cause (cause, run_k)
    SELECT DISTINCT u.cause, l.run_k FROM unnest(r_cause) AS u(cause) WHERE u.cause IS NOT NULL ON CONFLICT DO NOTHING;
    DELETE FROM paid_result WHERE run_k = l.run_k AND stage = p_stage AND key = ANY (r_key);
  END IF;
  UPDATE map
     SET ok_count = ok_count + p_ok, error_count = error_count + p_failed,
         reserved_nanos = greatest(0, p_committed - least(cost_nanos + p_nanos, p_max)),
         cost_nanos = least(cost_nanos + p_nanos, p_max), unpriced_calls = unpriced_calls + p_calls,
         unpriced_tokens = least(unpriced_tokens + p_tokens, p_max),
         total = CASE WHEN p_low >= low_water THEN coalesce(p_total, total) ELSE total END,
         low_water = greatest(low_water, p_low), intent_low = greatest(intent_low, p_intent_low),
         intent_count = greatest(intent_count, p_intent_count)
   WHERE map_k = m.map_k;
  IF cardinality(e_type) > 0 THEN
    INSERT INTO event_row (run_k, seq, type, at, stage, body)
    SELECT l.run_k, l.next_seq + u.place - 1, u.type, t, u.stage, u.body
      FROM unnest(e_type, e_stage, e_body) WITH ORDINALITY AS u(type, stage, body, place);
  END IF;
  UPDATE run_live v
     SET next_seq = v.next_seq + cardinality(e_type), beat_at = t, updated_at = t, label = coalesce(p_label, v.label),
         progress_at = CASE WHEN has_results THEN t ELSE v.progress_at END,
         has_progressed = CASE WHEN has_results THEN 1 ELSE v.has_progressed END,
         has_record = CASE WHEN has_results THEN 1 ELSE v.has_record END,
         deaths = CASE WHEN has_results THEN 0 ELSE v.deaths END,
         items_done = CASE WHEN has_items THEN p_done ELSE v.items_done END,
         items_total = CASE WHEN has_items THEN p_items ELSE v.items_total END,
         items_failed = CASE WHEN has_items THEN p_items_failed ELSE v.items_failed END,
         items_per_s = CASE WHEN has_items THEN p_rate ELSE v.items_per_s END,
         eta_low_at = CASE WHEN has_items THEN t + p_eta_low ELSE v.eta_low_at END,
         eta_high_at = CASE WHEN has_items THEN t + p_eta_high ELSE v.eta_high_at END
   WHERE v.run_k = l.run_k;
  wish := l.wish;
  RETURN NEXT;
END $$;`;

const BEATS = `
CREATE FUNCTION beats_v4(p_run text[], p_token bigint[], p_nonce text[], p_lease bigint[])
RETURNS TABLE (place bigint, is_mine boolean, wish text, held_by text) LANGUAGE plpgsql ${SETTINGS} AS $$
#variable_conflict use_column
DECLARE t bigint := now_ms();
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  RETURN QUERY
  WITH u AS (
    SELECT * FROM unnest(p_run, p_token, p_nonce, p_lease) WITH ORDINALITY AS n(run_id, token, nonce, lease, place)),
  ${held("v.wish", "", "NO KEY UPDATE")},
  b AS (UPDATE run_live v SET beat_at = t, lease_ms = l.lease FROM l WHERE v.run_k = l.k)
  SELECT i.place, l.k IS NOT NULL, l.wish,
         CASE WHEN l.k IS NULL THEN (SELECT h.name FROM run_live v JOIN holder h ON h.holder_k = v.holder_k
                                      WHERE v.run_k = i.k AND v.phase = 1) END
    FROM i LEFT JOIN l ON l.place = i.place ORDER BY i.place;
END $$;`;

/** A run as claims answer it. Frozen: other columns are another function. */
export const COLUMNS = `
  r.run_k AS run_k, r.run_id AS run_id, w.name AS workflow, d.version AS version, d.stages AS stages, d.policy AS policy,
  r.owner AS owner, r.input AS input, r.given AS given, r.forked_run_id AS forked_run_id, r.forked_stage AS forked_stage,
  r.code AS code, r.created_at AS created_at, r.last_error AS last_error, r.last_error_at AS last_error_at,
  r.final_status AS final_status, r.finished_at AS finished_at, r.output AS output, r.output_sha256 AS output_sha256,
  r.output_bytes AS output_bytes, r.error AS error, l.phase AS phase, coalesce(l.reason, r.reason) AS reason,
  l.wake_at AS wake_at, l.wish AS wish, l.wish_reason AS wish_reason, coalesce(l.through, r.through) AS through,
  coalesce(l.generation, r.generation) AS generation, coalesce(l.recoveries, r.recoveries) AS recoveries,
  coalesce(l.deaths, r.deaths) AS deaths, coalesce(l.retries, r.retries) AS retries,
  coalesce(l.started_at, r.started_at) AS started_at, coalesce(l.updated_at, r.updated_at) AS updated_at,
  coalesce(l.next_seq - 1, r.head) AS head, l.directive AS directive, d.stage_count AS stage_count,
  coalesce(l.stages_done, r.stages_done) AS stages_done, coalesce(l.items_done, r.items_done) AS items_done,
  coalesce(l.items_total, r.items_total) AS items_total, coalesce(l.items_failed, r.items_failed) AS items_failed,
  coalesce(l.items_per_s, r.items_per_s) AS items_per_s, coalesce(l.label, r.label) AS label,
  coalesce(l.reached, r.reached) AS reached, l.eta_low_at AS eta_low_at, l.eta_high_at AS eta_high_at, l.token AS token,
  h.name AS holder, h.host AS host, h.pid AS pid, l.since AS since, l.lease_ms AS lease_ms, l.beat_at AS beat_at,
  l.progress_at AS progress_at,
  (SELECT coalesce(json_agg(f.field), '[]')::text FROM search_field f WHERE f.workflow_k = r.workflow_k) AS search_fields,
  (r.secrets IS NOT NULL)::int AS has_secrets`;

export const BATCHES_SQL = [STAGES, REPORTS, CREATES, CLAIM.replace("@COLUMNS@", COLUMNS), ITEMS, BEATS].join("\n");

-- Everything that happened to people in the year, one list. Ids are hashes, so the same event has the same id in any run
-- of the same seed.
-- grain: event_id
-- column: event_id VARCHAR; kind VARCHAR; happened_on DATE; level_id INTEGER, after the event, null where it plays no part
-- column: amount DECIMAL(12,2), dollars a year, null where none; deferral_rate DECIMAL(7,6), null where none
WITH happened AS (
  SELECT 'termination' AS kind, employee_id, left_on AS happened_on, CAST(NULL AS INTEGER) AS level_id,
    CAST(NULL AS DECIMAL(12,2)) AS amount, CAST(NULL AS DECIMAL(7,6)) AS deferral_rate
  FROM {{ ref('ev_term') }}
  UNION ALL
  SELECT 'hire', employee_id, hire_date, level_id, annual_comp, NULL FROM {{ ref('ev_hire') }}
  UNION ALL
  SELECT 'new_hire_termination', employee_id, left_on, NULL, NULL, NULL FROM {{ ref('ev_nh_term') }}
  UNION ALL
  SELECT 'promotion', employee_id, {{ feb1 }}, level_id, raise, NULL FROM {{ ref('ev_promo') }}
  UNION ALL
  SELECT 'merit', employee_id, effective_on, NULL, merit, NULL FROM {{ ref('ev_merit') }} WHERE merit > 0
  UNION ALL
  SELECT 'cola', employee_id, effective_on, NULL, cola, NULL FROM {{ ref('ev_merit') }} WHERE cola > 0
  UNION ALL
  SELECT kind, employee_id, happened_on, NULL, NULL, deferral_rate FROM {{ ref('ev_enroll') }}
  UNION ALL
  SELECT 'escalation', employee_id, {{ jan1 }}, NULL, NULL, deferral_rate FROM {{ ref('ev_escal') }}
)
SELECT {{ id('kind', 'employee_id') }} AS event_id, * FROM happened

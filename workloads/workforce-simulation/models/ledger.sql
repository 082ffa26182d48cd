-- The entries of pay of everybody who is employed on 31 December, from all years.
-- grain: employee_id, source_year, source_kind
-- column: as in ledger_new
SELECT e.employee_id, e.source_year, e.source_kind, e.effective_on, e.delta
FROM (
  SELECT employee_id, source_year, source_kind, effective_on, delta FROM {{ ref('ledger_open') }}
  UNION ALL
  SELECT employee_id, source_year, source_kind, effective_on, delta FROM {{ ref('ledger_new') }}
) e
SEMI JOIN {{ ref('state') }} s ON s.employee_id = e.employee_id

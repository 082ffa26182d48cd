-- Entries of pay from earlier years: none in the first.
-- grain: employee_id, source_year, source_kind
-- column: as in ledger_new
SELECT employee_id, {{ year }} AS source_year, 'census_base' AS source_kind, hire_date AS effective_on, annual_comp AS delta
FROM {{ ref('start_wf') }}
WHERE false

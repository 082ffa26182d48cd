-- Every change of pay of the first year; the pay that people had in the census is one.
-- grain: employee_id, source_year, source_kind
-- column: as in ledger_new
SELECT employee_id, {{ year }} AS source_year, 'census_base' AS source_kind, {{ jan1 }} AS effective_on, annual_comp AS delta
FROM {{ ref('start_wf') }}
UNION ALL
SELECT employee_id, {{ year }} AS source_year, 'hire' AS source_kind, hire_date AS effective_on, annual_comp AS delta
FROM {{ ref('ev_hire') }}
UNION ALL
SELECT employee_id, {{ year }}, 'promotion', {{ feb1 }}, raise
FROM {{ ref('ev_promo') }}
WHERE raise > 0
UNION ALL
SELECT employee_id, {{ year }}, 'merit', effective_on, merit
FROM {{ ref('ev_merit') }}
WHERE merit > 0
UNION ALL
SELECT employee_id, {{ year }}, 'cola', effective_on, cola
FROM {{ ref('ev_merit') }}
WHERE cola > 0

-- Every change of pay of the year, with its year and kind: what payroll is made of.
-- grain: employee_id, source_year, source_kind
-- column: source_year INTEGER; source_kind VARCHAR: census_base, hire, promotion, merit or cola
-- column: effective_on DATE; delta DECIMAL(12,2), dollars a year, never negative
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

-- Payroll and employer cost of the year by the year and kind of what caused it. Rows sum to payroll and to cost.
-- grain: source_year, source_kind
-- column: people BIGINT; payroll, employer_cost DECIMAL(18,2), dollars
SELECT
  source_year,
  source_kind,
  count(*) AS people,
  CAST(sum(amount) AS DECIMAL(18,2)) AS payroll,
  CAST(sum(employer_cost) AS DECIMAL(18,2)) AS employer_cost
FROM {{ ref('cost_alloc') }}
GROUP BY source_year, source_kind

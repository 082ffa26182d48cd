-- The employer's cost of each person by the entries of their pay: in proportion, in whole cents, the odd cents to the
-- oldest entry. So the parts sum to the whole, to the cent.
-- grain: employee_id, source_year, source_kind
-- column: amount DECIMAL(14,2), dollars of pay, as in comp_alloc; employer_cost DECIMAL(14,2), dollars
WITH costs AS (
  SELECT
    c.employee_id,
    c.source_year,
    c.source_kind,
    c.amount,
    CAST((s.employer_match + s.employer_core) * 100 AS BIGINT) AS cost_cents,
    CAST(c.amount * 100 AS BIGINT) AS amount_cents,
    CAST(s.pay * 100 AS BIGINT) AS pay_cents
  FROM {{ ref('comp_alloc') }} c
  JOIN {{ ref('snapshot') }} s ON s.employee_id = c.employee_id
),
parts AS (
  SELECT
    *,
    CASE WHEN pay_cents = 0 THEN 0 ELSE cost_cents * amount_cents // pay_cents END AS part_cents,
    row_number() OVER (PARTITION BY employee_id ORDER BY source_year, source_kind, employee_id) AS place
  FROM costs
)
SELECT
  employee_id,
  source_year,
  source_kind,
  amount,
  CAST(
    CAST(
      part_cents
        + CASE WHEN place = 1 THEN cost_cents - sum(part_cents) OVER (PARTITION BY employee_id) ELSE 0 END AS DECIMAL(18,0)
    ) * 0.01 AS DECIMAL(14,2)
  ) AS employer_cost
FROM parts

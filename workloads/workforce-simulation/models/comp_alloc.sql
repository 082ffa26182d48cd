-- What each entry of the ledger was paid this year: pro-rated by day and rounded once, to the cent. Payroll is the sum of
-- these amounts, so attribution sums to it by construction.
-- grain: employee_id, source_year, source_kind
-- column: amount DECIMAL(14,2), dollars paid; enrolled_amount DECIMAL(14,2), the part paid while enrolled
WITH entries AS (
  SELECT employee_id, source_year, source_kind, effective_on, delta FROM {{ ref('ledger_open') }}
  UNION ALL
  SELECT employee_id, source_year, source_kind, effective_on, delta FROM {{ ref('ledger_new') }}
),
counted AS (
  SELECT
    e.employee_id,
    e.source_year,
    e.source_kind,
    e.delta,
    greatest(0, date_diff('day', greatest(e.effective_on, s.employed_from), s.employed_to) + 1) AS days,
    CASE
      WHEN p.enrolled_from IS NULL THEN 0
      ELSE greatest(
        0,
        date_diff('day', greatest(e.effective_on, s.employed_from, p.enrolled_from), s.employed_to) + 1
      )
    END AS enrolled_days
  FROM entries e
  JOIN {{ ref('spell') }} s ON s.employee_id = e.employee_id
  JOIN {{ ref('participation') }} p ON p.employee_id = e.employee_id
)
SELECT
  employee_id,
  source_year,
  source_kind,
  {{ prorate('delta', 'days') }} AS amount,
  {{ prorate('delta', 'enrolled_days') }} AS enrolled_amount
FROM counted

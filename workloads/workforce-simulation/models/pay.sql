-- What each person was paid, and the part of it that could be deferred.
-- grain: employee_id
-- column: pay, enrolled_pay DECIMAL(14,2), dollars
SELECT
  employee_id,
  CAST(sum(amount) AS DECIMAL(14,2)) AS pay,
  CAST(sum(enrolled_amount) AS DECIMAL(14,2)) AS enrolled_pay
FROM {{ ref('comp_alloc') }}
GROUP BY employee_id

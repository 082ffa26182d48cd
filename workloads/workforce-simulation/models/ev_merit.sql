-- The raises of the raise month: merit by level and tenure, and the cost of living, both on the pay after a promotion,
-- for everybody with a completed year of service who is still here. Whoever would be below the floor of their level is
-- raised to it, also in the first year of service; that part counts as merit.
-- grain: employee_id
-- column: effective_on DATE, the first of the raise month; merit, cola DECIMAL(12,2), dollars a year
WITH due AS (
  SELECT
    w.employee_id,
    w.annual_comp + coalesce(p.raise, 0) AS base,
    l.pay_floor,
    make_date({{ year }}, m.month, 1) AS effective_on,
    CASE WHEN w.tenure >= 1 THEN h.merit_rate ELSE 0 END AS merit_rate,
    CASE WHEN w.tenure >= 1 THEN {{ p('year.cola') }} ELSE 0 END AS cola_rate,
    t.left_on
  FROM {{ ref('start_wf') }} w
  JOIN {{ ref('haz_merit') }} h ON h.level_id = w.level_id AND h.tenure_band = w.tenure_band
  JOIN {{ src('raise_months') }} m
    ON CAST({{ u_life('raise_month', 'w.employee_id') }} AS DECIMAL(9,8)) >= m.from_share
    AND CAST({{ u_life('raise_month', 'w.employee_id') }} AS DECIMAL(9,8)) < m.to_share
  LEFT JOIN {{ ref('ev_promo') }} p ON p.employee_id = w.employee_id
  LEFT JOIN {{ ref('ev_term') }} t ON t.employee_id = w.employee_id
  JOIN {{ src('levels') }} l ON l.level_id = coalesce(p.level_id, w.level_id)
),
raised AS (
  SELECT
    *,
    round(base * merit_rate, 2) AS plain_merit,
    round(base * cola_rate, 2) AS plain_cola
  FROM due
  WHERE left_on IS NULL OR left_on >= effective_on
)
SELECT
  employee_id,
  effective_on,
  CAST(greatest(plain_merit, pay_floor - base - plain_cola) AS DECIMAL(12,2)) AS merit,
  CAST(plain_cola AS DECIMAL(12,2)) AS cola
FROM raised
WHERE plain_merit + plain_cola > 0 OR pay_floor > base

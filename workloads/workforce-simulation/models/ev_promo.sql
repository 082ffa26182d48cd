-- Who is promoted on 1 February, to which level, with which raise: drawn around the mean, capped, but at least the floor
-- of the new level. Not those whose last day comes before.
-- grain: employee_id
-- column: level_id, level_rank INTEGER, the new ones; raise DECIMAL(12,2), dollars a year
WITH promoted AS (
  SELECT
    w.employee_id,
    w.annual_comp,
    w.level_rank + 1 AS level_rank,
    CAST(
      least(
        {{ p('promotion.raiseCap') }},
        greatest(
          0,
          {{ p('promotion.raiseMean') }}
            + CAST((2 * {{ u('promo_raise', 'w.employee_id') }} - 1) * {{ p('promotion.raiseSpread') }} AS DECIMAL(9,6))
        )
      ) AS DECIMAL(9,6)
    ) AS raise_rate
  FROM {{ ref('start_wf') }} w
  JOIN {{ ref('hazards') }} h
    ON h.level_id = w.level_id AND h.age_band = w.age_band AND h.tenure_band = w.tenure_band
  LEFT JOIN {{ ref('ev_term') }} t ON t.employee_id = w.employee_id
  WHERE {{ u('promo', 'w.employee_id') }} < h.promotion AND (t.left_on IS NULL OR t.left_on >= {{ feb1 }})
)
SELECT
  p.employee_id,
  l.level_id,
  p.level_rank,
  CAST(
    greatest(round(p.annual_comp * p.raise_rate, 2), l.pay_floor - p.annual_comp) AS DECIMAL(12,2)
  ) AS raise
FROM promoted p
JOIN {{ src('levels') }} l ON l.level_rank = p.level_rank

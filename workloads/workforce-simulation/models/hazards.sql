-- How likely people leave and are promoted within the year, by level, age band and tenure band, for the cells that have
-- people. A cell's hazard is its multipliers times one factor for everybody, chosen so that the share asked for is the
-- share expected: of all people, whatever their mix. What a cell cannot take beyond its upper bound (0.95 of leaving, 1
-- of promotion) is spread over the others. Whole numbers throughout: a unit of a hazard is a hundred-millionth.
-- grain: level_id, age_band, tenure_band
-- column: headcount BIGINT; termination, promotion DECIMAL(9,8), probabilities; is_capped BOOLEAN, held at an upper bound
-- column: termination_units BIGINT, the hazard in hundred-millionths
WITH cells AS (
  SELECT
    w.level_id,
    w.age_band,
    w.tenure_band,
    count(*) AS headcount,
    any_value(CAST(
      a.termination * t.termination
        * greatest({{ p('termination.levelFloor') }}, 1 - {{ p('termination.levelStep') }} * (l.level_rank - 1))
        AS DECIMAL(14,10))
    ) AS termination_weight,
    any_value(CAST(
      CASE
        WHEN l.is_top THEN 0
        ELSE a.promotion * t.promotion * greatest(0, 1 - {{ p('promotion.levelStep') }} * (l.level_rank - 1))
      END AS DECIMAL(14,10))
    ) AS promotion_weight
  FROM {{ ref('start_wf') }} w
  JOIN {{ src('levels') }} l ON l.level_id = w.level_id
  JOIN {{ src('age_bands') }} a ON a.band = w.age_band
  JOIN {{ src('tenure_bands') }} t ON t.band = w.tenure_band
  GROUP BY w.level_id, w.age_band, w.tenure_band
),
kinds AS (
  SELECT
    'termination' AS kind, level_id, age_band, tenure_band, headcount,
    CAST(termination_weight * 10000000000 AS HUGEINT) AS weight,
    CAST({{ p('termination.base') }} * 100000000 AS HUGEINT) AS rate_units,
    CAST(95000000 AS HUGEINT) AS bound
  FROM cells
  UNION ALL
  SELECT
    'promotion', level_id, age_band, tenure_band, headcount,
    CAST(promotion_weight * 10000000000 AS HUGEINT),
    CAST({{ p('promotion.base') }} * 100000000 AS HUGEINT),
    CAST(100000000 AS HUGEINT)
  FROM cells
),
ranked AS (
  SELECT
    *,
    rate_units * sum(headcount) OVER (PARTITION BY kind) AS wanted,
    coalesce(sum(headcount) OVER (
      PARTITION BY kind ORDER BY weight DESC, level_id, age_band, tenure_band ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS people_before,
    sum(headcount * weight) OVER (
      PARTITION BY kind ORDER BY weight DESC, level_id, age_band, tenure_band ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) AS weight_from
  FROM kinds
),
-- With everybody before it at the bound, would this cell go beyond it too? Those that would are the first of the order.
bounded AS (
  SELECT *, weight * (wanted - bound * people_before) > bound * weight_from AS is_capped FROM ranked
),
solved AS (
  SELECT
    *,
    greatest(0, wanted - bound * coalesce(sum(headcount) FILTER (is_capped) OVER (PARTITION BY kind), 0)) AS left_over,
    greatest(1, coalesce(sum(headcount * weight) FILTER (NOT is_capped) OVER (PARTITION BY kind), 0)) AS left_weight
  FROM bounded
),
units AS (
  SELECT
    kind, level_id, age_band, tenure_band, headcount, is_capped,
    CAST(
      CASE WHEN is_capped THEN bound ELSE least(bound, (2 * weight * left_over + left_weight) // (2 * left_weight)) END
        AS BIGINT
    ) AS hazard
  FROM solved
)
SELECT
  level_id,
  age_band,
  tenure_band,
  any_value(headcount) AS headcount,
  CAST(CAST(max(hazard) FILTER (kind = 'termination') AS DECIMAL(18,0)) * 0.00000001 AS DECIMAL(9,8)) AS termination,
  CAST(CAST(max(hazard) FILTER (kind = 'promotion') AS DECIMAL(18,0)) * 0.00000001 AS DECIMAL(9,8)) AS promotion,
  CAST(max(hazard) FILTER (kind = 'termination') AS BIGINT) AS termination_units,
  bool_or(is_capped) AS is_capped
FROM units
GROUP BY level_id, age_band, tenure_band

-- How many leave and how many are hired so that the year ends at its target. One row.
-- The target is the headcount of the first 1 January, grown for all years since and rounded once.
-- Leavers are the sum of the hazards, made whole by a random start: each cell's expected count stays its hazard's.
-- Hires are the smallest whole number H for which start - leavers + H - new-hire leavers of H reaches the target. The
-- new-hire leavers of H + 1 are those of H or one more, so what is reached grows by 0 or 1, and the target is met exactly.
-- Their random start lies above the rate: over many years the share asked for is then the share seen, however few are hired.
-- Where attrition alone would end above the target, further leavers make up the difference.
-- In a stochastic year nothing is made whole: `further` is the chance of leaving for this reason, and each of `applicants`
-- is hired with `hire_chance`, so that the target is the expectation.
-- grain: start_count
-- column: start_count, target_count, expected_leavers, leavers, hires, new_hire_leavers, applicants BIGINT, people
-- column: further, hire_chance DECIMAL(12,10), probabilities
WITH base AS (
  SELECT
    CAST(coalesce(sum(headcount), 0) AS BIGINT) AS start_count,
    CAST(coalesce(sum(headcount * termination_units), 0) AS BIGINT) AS leaver_units
  FROM {{ ref('hazards') }}
),
drawn AS (
  SELECT
    *,
    CAST(floor({{ u('leavers', '0') }} * 100000000) AS BIGINT) AS leaver_start,
    CAST(floor({{ u('new_hire_leavers', '0') }} * 100000000) AS BIGINT) AS draw_units,
    CAST({{ p('newHires.terminationRate') }} * 100000000 AS BIGINT) AS rate_units
  FROM base
),
target AS (
  SELECT
    d.*,
    CAST(round(CAST(c.first_count AS DECIMAL(7,0)) * {{ p('year.targetFactor') }}, 0) AS BIGINT) AS target_count,
    (leaver_units + leaver_start) // 100000000 AS expected_leavers,
    rate_units + (100000000 - rate_units) * draw_units // 100000000 AS rate_start
  FROM drawn d
  CROSS JOIN (SELECT count(*) AS first_count FROM {{ src('census') }} WHERE is_active) c
),
leaving AS (
  SELECT *, greatest(expected_leavers, start_count - target_count) AS leavers FROM target
),
gap AS (
  SELECT
    *,
    target_count - start_count + leavers AS net_hires,
    -- Negative where attrition alone ends above the target.
    (target_count - start_count) * 100000000 + leaver_units AS net_units
  FROM leaving
),
tried AS (
  SELECT
    gap.*,
    unnest(
      range(
        greatest(net_hires, (net_hires - 1) * 100000000 // (100000000 - rate_units)),
        (net_hires + 1) * 100000000 // (100000000 - rate_units) + 3
      )
    ) AS hires
  FROM gap
),
judged AS (
  SELECT *, (hires * rate_units + rate_start) // 100000000 AS new_hire_leavers FROM tried
),
planned AS (
  SELECT
    start_count, target_count, expected_leavers, leavers, leaver_units, net_units, rate_units,
    min(hires) AS hires,
    min(new_hire_leavers) AS new_hire_leavers,
    -- Ten for a seat: the number hired then varies nearly as chance arrivals do.
    10 * (greatest(0, net_units) // (100000000 - rate_units) + 1) AS applicants
  FROM judged
  WHERE hires - new_hire_leavers >= net_hires
  GROUP BY ALL
)
SELECT
  start_count,
  target_count,
  CAST(expected_leavers AS BIGINT) AS expected_leavers,
  leavers,
  hires,
  new_hire_leavers,
  CAST(applicants AS BIGINT) AS applicants,
  CAST(
    CAST(
      CAST(greatest(0, -net_units) AS HUGEINT) * 10000000000 // greatest(1, start_count * 100000000 - leaver_units) AS DECIMAL(18,0)
    ) * 0.0000000001 AS DECIMAL(12,10)
  ) AS further,
  CAST(
    CAST(
      CAST(greatest(0, net_units) AS HUGEINT) * 10000000000 // ((100000000 - rate_units) * applicants) AS DECIMAL(18,0)
    ) * 0.0000000001 AS DECIMAL(12,10)
  ) AS hire_chance
FROM planned

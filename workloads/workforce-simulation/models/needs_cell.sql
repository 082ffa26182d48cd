-- Leavers by cell: the expected ones as whole people by systematic sampling; those beyond, where the target is far below,
-- spread over who would stay, in the same way. The cells stand in a row, each as long as its expected count, and a leaver
-- falls on every whole step from a random start: the whole is exact, and a cell of one person has its turn as often as its
-- hazard says. Whole numbers throughout. In a stochastic year each person's `chance` counts, and `leavers` is not used.
-- grain: level_id, age_band, tenure_band
-- column: leavers BIGINT, people; chance DECIMAL(12,10), of leaving
WITH ordered AS (
  SELECT
    h.level_id,
    h.age_band,
    h.tenure_band,
    h.headcount,
    CAST(
      sum(h.headcount * h.termination_units) OVER (ORDER BY h.level_id, h.age_band, h.tenure_band) AS BIGINT
    ) + CAST(floor({{ u('leavers', '0') }} * 100000000) AS BIGINT) AS place,
    h.headcount * h.termination_units AS length,
    n.leavers - n.expected_leavers AS further,
    CAST(1 - (1 - h.termination) * (1 - n.further) AS DECIMAL(12,10)) AS chance
  FROM {{ ref('hazards') }} h
  CROSS JOIN {{ ref('needs') }} n
),
expected AS (
  SELECT *, place // 100000000 - (place - length) // 100000000 AS leavers FROM ordered
),
staying AS (
  SELECT
    *,
    headcount - leavers AS stayers,
    CAST(sum(headcount - leavers) OVER (ORDER BY level_id, age_band, tenure_band) AS BIGINT) AS stayers_to_here,
    CAST(greatest(1, sum(headcount - leavers) OVER ()) AS BIGINT) AS all_stayers
  FROM expected
),
further_places AS (
  SELECT
    *,
    further * stayers_to_here + CAST(floor({{ u('further_leavers', '0') }} * all_stayers) AS BIGINT) AS further_place
  FROM staying
)
SELECT
  level_id,
  age_band,
  tenure_band,
  CAST(
    leavers + further_place // all_stayers - (further_place - further * stayers) // all_stayers AS BIGINT
  ) AS leavers,
  chance
FROM further_places

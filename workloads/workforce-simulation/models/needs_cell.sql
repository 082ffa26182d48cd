-- Leavers by cell: the expected ones as whole people by largest remainder; those beyond, where the target is far below,
-- spread over who would stay, again by largest remainder. Whole numbers throughout.
-- grain: level_id, age_band, tenure_band
-- column: leavers BIGINT, people
WITH split AS (
  SELECT
    e.*,
    CAST(floor(e.expected) AS BIGINT) AS whole,
    row_number() OVER (
      ORDER BY e.expected - floor(e.expected) DESC, e.level_id, e.age_band, e.tenure_band
    ) AS place
  FROM {{ ref('exposure') }} e
),
expected AS (
  SELECT
    s.level_id,
    s.age_band,
    s.tenure_band,
    s.headcount,
    s.whole + CASE WHEN s.place <= n.expected_leavers - sum(s.whole) OVER () THEN 1 ELSE 0 END AS leavers,
    n.leavers - n.expected_leavers AS further
  FROM split s
  CROSS JOIN {{ ref('needs') }} n
),
spread AS (
  SELECT
    *,
    further * (headcount - leavers) // greatest(1, sum(headcount - leavers) OVER ()) AS further_whole,
    further * (headcount - leavers) % greatest(1, sum(headcount - leavers) OVER ()) AS further_rest
  FROM expected
),
ranked AS (
  SELECT
    *,
    row_number() OVER (ORDER BY further_rest DESC, level_id, age_band, tenure_band) AS further_place
  FROM spread
)
SELECT
  level_id,
  age_band,
  tenure_band,
  CAST(
    leavers + further_whole + CASE WHEN further_place <= further - sum(further_whole) OVER () THEN 1 ELSE 0 END AS BIGINT
  ) AS leavers
FROM ranked

-- Hires and new-hire leavers by level, each by largest remainder: the levels sum to the whole.
-- grain: level_id
-- column: hires, new_hire_leavers BIGINT, people
WITH shares AS (
  SELECT
    l.level_id,
    n.hires AS all_hires,
    n.new_hire_leavers AS all_leavers,
    n.hires * l.hire_share AS share,
    CAST(floor(n.hires * l.hire_share) AS BIGINT) AS whole
  FROM {{ src('levels') }} l
  CROSS JOIN {{ ref('needs') }} n
),
ranked AS (
  SELECT *, row_number() OVER (ORDER BY share - whole DESC, level_id) AS place FROM shares
),
hired AS (
  SELECT
    level_id,
    all_hires,
    all_leavers,
    CAST(whole + CASE WHEN place <= all_hires - sum(whole) OVER () THEN 1 ELSE 0 END AS BIGINT) AS hires
  FROM ranked
),
leaving AS (
  SELECT
    *,
    hires * all_leavers // greatest(1, all_hires) AS leavers_whole,
    hires * all_leavers % greatest(1, all_hires) AS leavers_rest
  FROM hired
),
leaving_ranked AS (
  SELECT *, row_number() OVER (ORDER BY leavers_rest DESC, level_id) AS leavers_place FROM leaving
)
SELECT
  level_id,
  hires,
  CAST(
    leavers_whole + CASE WHEN leavers_place <= all_leavers - sum(leavers_whole) OVER () THEN 1 ELSE 0 END AS BIGINT
  ) AS new_hire_leavers
FROM leaving_ranked

-- Hires and new-hire leavers by level, each by systematic sampling: the levels sum to the whole, and each has the share
-- asked for over the years. In a stochastic year every applicant is hired or not, and falls on a level, by a draw.
-- grain: level_id
-- column: hires, new_hire_leavers BIGINT, people
WITH drawn AS (
  SELECT applicant
  FROM (SELECT unnest(range(1, applicants + 1)) AS applicant, hire_chance FROM {{ ref('needs') }})
  WHERE {{ p('isStochastic') }} AND {{ u('hire', 'applicant') }} < hire_chance
),
falling AS (
  SELECT l.level_id, count(*) AS hires
  FROM drawn d
  JOIN {{ src('levels') }} l
    ON CAST({{ u('hire_level', 'd.applicant') }} AS DECIMAL(9,8)) >= l.hire_from
    AND CAST({{ u('hire_level', 'd.applicant') }} AS DECIMAL(9,8)) < l.hire_to
  GROUP BY l.level_id
),
start AS (
  SELECT
    n.*,
    CAST(floor({{ u('hires', '0') }} * 1000000) AS BIGINT) AS hire_start,
    CAST(floor({{ u('hires_leaving', '0') }} * greatest(1, n.hires)) AS BIGINT) AS leaver_start
  FROM {{ ref('needs') }} n
),
hired AS (
  SELECT
    l.level_id,
    s.hires AS all_hires,
    s.new_hire_leavers AS all_leavers,
    s.leaver_start,
    CASE
      WHEN {{ p('isStochastic') }} THEN coalesce(f.hires, 0)
      ELSE (s.hires * CAST(l.hire_to * 1000000 AS BIGINT) + s.hire_start) // 1000000
        - (s.hires * CAST(l.hire_from * 1000000 AS BIGINT) + s.hire_start) // 1000000
    END AS hires
  FROM {{ src('levels') }} l
  LEFT JOIN falling f ON f.level_id = l.level_id
  CROSS JOIN start s
),
leaving AS (
  SELECT
    *,
    all_leavers * CAST(sum(hires) OVER (ORDER BY level_id) AS BIGINT) + leaver_start AS place
  FROM hired
)
SELECT
  level_id,
  CAST(hires AS BIGINT) AS hires,
  CAST(
    place // greatest(1, all_hires) - (place - all_leavers * hires) // greatest(1, all_hires) AS BIGINT
  ) AS new_hire_leavers
FROM leaving

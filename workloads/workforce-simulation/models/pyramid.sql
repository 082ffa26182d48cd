-- People, new hires and pay by level on 31 December.
-- grain: level_id
-- column: headcount, hires BIGINT, people; payroll DECIMAL(18,2), dollars paid in the year to people of the level
SELECT
  level_id,
  count(*) FILTER (is_active) AS headcount,
  count(*) FILTER (is_new) AS hires,
  CAST(sum(pay) AS DECIMAL(18,2)) AS payroll
FROM {{ ref('snapshot') }}
GROUP BY level_id

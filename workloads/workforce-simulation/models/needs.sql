-- How many leave and how many are hired so that the year ends at its target exactly. One row.
-- Hires are the smallest whole number H for which start - leavers + H - new-hire leavers of H reaches the target. Since
-- the new-hire leavers of H + 1 are those of H or one more, what is reached grows by 0 or 1, so the target is met exactly.
-- Where attrition alone would end above the target, further leavers make up the difference.
-- grain: start_count
-- column: start_count, target_count, expected_leavers, leavers, hires, new_hire_leavers BIGINT, people
WITH base AS (
  SELECT CAST(sum(headcount) AS BIGINT) AS start_count, sum(expected) AS expected FROM {{ ref('exposure') }}
),
target AS (
  SELECT
    start_count,
    CAST(round(start_count * (1 + {{ p('growth.headcount') }}), 0) AS BIGINT) AS target_count,
    CAST(round(expected, 0) AS BIGINT) AS expected_leavers
  FROM base
),
leaving AS (
  SELECT *, greatest(expected_leavers, start_count - target_count) AS leavers FROM target
),
gap AS (
  SELECT *, target_count - start_count + leavers AS net_hires FROM leaving
),
tried AS (
  SELECT
    gap.*,
    unnest(range(net_hires, CAST(ceil((net_hires + 1) / (1 - {{ p('newHires.terminationRate') }})) AS BIGINT) + 3)) AS hires
  FROM gap
),
judged AS (
  SELECT *, CAST(round(hires * {{ p('newHires.terminationRate') }}, 0) AS BIGINT) AS new_hire_leavers FROM tried
)
SELECT start_count, target_count, expected_leavers, leavers, min(hires) AS hires, min(new_hire_leavers) AS new_hire_leavers
FROM judged
WHERE hires - new_hire_leavers >= net_hires
GROUP BY start_count, target_count, expected_leavers, leavers

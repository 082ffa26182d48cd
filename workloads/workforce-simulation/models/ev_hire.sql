-- Who is hired: level, age, first day and pay within the level's band. The last two days of the year have no hires, so
-- that every new hire could still leave within it.
-- grain: employee_id
-- column: employee_id VARCHAR, NH<year>-<number>; hire_date DATE; birth_date DATE; level_id, level_rank INTEGER
-- column: annual_comp DECIMAL(12,2), dollars a year
WITH seats AS (
  SELECT level_id, unnest(range(1, hires + 1)) AS seat FROM {{ ref('needs_level') }}
),
numbered AS (
  SELECT
    format('NH{}-{:06d}', {{ year }}, row_number() OVER (ORDER BY level_id, seat)) AS employee_id,
    level_id
  FROM seats
),
drawn AS (
  SELECT
    employee_id,
    level_id,
    {{ jan1 }} + CAST(floor({{ u('hire_day', 'employee_id') }} * ({{ days }} - 2)) AS INTEGER) AS hire_date,
    CAST({{ u('hire_age', 'employee_id') }} AS DECIMAL(9,8)) AS age_draw,
    CAST(floor({{ u('birth_day', 'employee_id') }} * 365) AS INTEGER) AS birth_days,
    CAST((2 * {{ u('hire_pay', 'employee_id') }} - 1) * {{ p('newHires.positionSpread') }} AS DECIMAL(9,6)) AS spread
  FROM numbered
)
SELECT
  d.employee_id,
  d.hire_date,
  CAST(d.hire_date - to_years(h.age) AS DATE) - d.birth_days AS birth_date,
  d.level_id,
  l.level_rank,
  CAST(
    round(
      l.pay_floor + (l.pay_ceiling - l.pay_floor)
        * CAST(
          least(
            1,
            greatest(
              0,
              {{ p('newHires.positionBase') }} + {{ p('newHires.positionLevelStep') }} * (l.level_rank - 1) + d.spread
            )
          ) AS DECIMAL(9,6)
        ),
      2
    ) AS DECIMAL(12,2)
  ) AS annual_comp
FROM drawn d
JOIN {{ src('levels') }} l ON l.level_id = d.level_id
JOIN {{ src('hire_ages') }} h ON d.age_draw >= h.from_share AND d.age_draw < h.to_share

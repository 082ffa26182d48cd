-- Which new hires leave in the year they came, and when: after their first day, by 31 December.
-- grain: employee_id
-- column: left_on DATE, the last day of employment
SELECT
  employee_id,
  hire_date + 1 + CAST(floor({{ u('nh_term_day', 'employee_id') }} * date_diff('day', hire_date, {{ dec31 }})) AS INTEGER)
    AS left_on
FROM (
  SELECT
    h.employee_id,
    h.hire_date,
    n.new_hire_leavers,
    {{ u('nh_term', 'h.employee_id') }} AS draw,
    row_number() OVER (
      PARTITION BY h.level_id ORDER BY {{ u('nh_term', 'h.employee_id') }}, h.employee_id
    ) AS place
  FROM {{ ref('ev_hire') }} h
  JOIN {{ ref('needs_level') }} n ON n.level_id = h.level_id
)
WHERE CASE
  WHEN {{ p('isStochastic') }} THEN draw < {{ p('newHires.terminationRate') }}
  ELSE place <= new_hire_leavers
END

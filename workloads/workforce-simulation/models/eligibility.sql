-- From when a person may take part in the plan, and when they are enrolled automatically unless they decline.
-- grain: employee_id
-- column: eligible_on, asked_on DATE; is_enrolled, is_opted_out BOOLEAN and deferral_rate, enrolled_on as of 1 January
-- column: age INTEGER, completed years on 1 January or the first day
WITH people AS (
  SELECT
    s.employee_id,
    s.employed_from,
    s.employed_to,
    coalesce(w.is_enrolled, false) AS is_enrolled,
    coalesce(w.is_opted_out, false) AS is_opted_out,
    coalesce(w.deferral_rate, CAST(0 AS DECIMAL(7,6))) AS deferral_rate,
    w.enrolled_on,
    CAST(date_sub('year', s.birth_date, s.employed_from) AS INTEGER) AS age,
    greatest(
      s.hire_date + {{ p('eligibility.waitDays') }},
      CAST(s.birth_date + to_years({{ p('eligibility.minAge') }}) AS DATE)
    ) AS eligible_on
  FROM {{ ref('spell') }} s
  LEFT JOIN {{ ref('start_wf') }} w ON w.employee_id = s.employee_id
)
SELECT *, eligible_on + {{ p('autoEnrol.afterDays') }} AS asked_on FROM people

-- Everybody employed on any day of the year: from when to when, both days included.
-- grain: employee_id
-- column: employed_from, employed_to DATE; left_on DATE, null for who stays; is_new BOOLEAN, hired this year
SELECT
  w.employee_id,
  w.birth_date,
  w.hire_date,
  {{ jan1 }} AS employed_from,
  coalesce(t.left_on, {{ dec31 }}) AS employed_to,
  t.left_on,
  false AS is_new
FROM {{ ref('start_wf') }} w
LEFT JOIN {{ ref('ev_term') }} t ON t.employee_id = w.employee_id
UNION ALL
SELECT
  h.employee_id,
  h.birth_date,
  h.hire_date,
  h.hire_date,
  coalesce(t.left_on, {{ dec31 }}),
  t.left_on,
  true
FROM {{ ref('ev_hire') }} h
LEFT JOIN {{ ref('ev_nh_term') }} t ON t.employee_id = h.employee_id

-- The employer's core contribution: a share of pay by completed years of service on 31 December, for who is employed and
-- eligible on that day; at most what section 415(c) leaves beside deferrals and match.
-- grain: employee_id
-- column: employer_core DECIMAL(14,2), dollars
SELECT
  s.employee_id,
  CAST(
    CASE
      WHEN s.left_on IS NOT NULL OR e.eligible_on > {{ dec31 }} THEN 0
      ELSE least(
        round(least(p.pay, {{ p('year.limits.compensation') }}) * t.core_rate, 2),
        c.employer_max - m.employer_match
      )
    END AS DECIMAL(14,2)
  ) AS employer_core
FROM {{ ref('spell') }} s
JOIN {{ ref('eligibility') }} e ON e.employee_id = s.employee_id
JOIN {{ ref('pay') }} p ON p.employee_id = s.employee_id
JOIN {{ ref('contrib') }} c ON c.employee_id = s.employee_id
JOIN {{ ref('er_match') }} m ON m.employee_id = s.employee_id
JOIN {{ src('core_tiers') }} t
  ON date_sub('year', s.hire_date, {{ dec31 }}) >= t.from_years AND date_sub('year', s.hire_date, {{ dec31 }}) < t.to_years

-- Who is here on 1 January of the first year: the active people of the census.
-- grain: employee_id
-- column: employee_id VARCHAR; birth_date DATE; hire_date DATE
-- column: level_id INTEGER; level_rank INTEGER, 1 for the lowest level
-- column: annual_comp DECIMAL(12,2), dollars a year
-- column: is_enrolled BOOLEAN; deferral_rate DECIMAL(7,6), a share of pay; enrolled_on DATE, null for those who are not
-- column: is_opted_out BOOLEAN, not enrolled automatically again
-- column: prior_pay DECIMAL(14,2), dollars paid in the year before; here the annual pay, since the census knows no other
-- column: age INTEGER, tenure INTEGER: completed years on 1 January
-- column: age_band INTEGER; tenure_band INTEGER: positions in the configured bands
WITH people AS (
  SELECT
    *,
    CAST(date_sub('year', birth_date, {{ jan1 }}) AS INTEGER) AS age,
    CAST(date_sub('year', hire_date, {{ jan1 }}) AS INTEGER) AS tenure,
    greatest(
      hire_date + {{ p('eligibility.waitDays') }},
      CAST(birth_date + to_years({{ p('eligibility.minAge') }}) AS DATE)
    ) + {{ p('autoEnrol.afterDays') }} AS asked_on
  FROM {{ src('census') }}
  WHERE is_active
)
SELECT
  p.employee_id,
  p.birth_date,
  p.hire_date,
  p.level_id,
  l.level_rank,
  p.annual_comp,
  p.deferral_rate > 0 AS is_enrolled,
  CAST(p.deferral_rate AS DECIMAL(7,6)) AS deferral_rate,
  CASE WHEN p.deferral_rate > 0 THEN p.hire_date END AS enrolled_on,
  p.deferral_rate = 0 AND p.asked_on < {{ jan1 }} AS is_opted_out,
  CAST(p.annual_comp AS DECIMAL(14,2)) AS prior_pay,
  p.age,
  p.tenure,
  a.band AS age_band,
  t.band AS tenure_band
FROM people p
JOIN {{ src('levels') }} l ON l.level_id = p.level_id
JOIN {{ src('age_bands') }} a ON p.age >= a.from_years AND p.age < a.to_years
JOIN {{ src('tenure_bands') }} t ON p.tenure >= t.from_years AND p.tenure < t.to_years

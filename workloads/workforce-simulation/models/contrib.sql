-- Elective deferrals, within the limit of the year for the age reached in it (sections 402(g) and 414(v)), and what
-- section 415(c) leaves beside them for the employer's contributions: the smaller of its amount and all of the year's pay.
-- Deferrals above the limit of those below 50 are catch-up, and not counted there.
-- grain: employee_id
-- column: deferral, deferral_limit DECIMAL(14,2), dollars; match_base DECIMAL(14,2), enrolled pay up to section 401(a)(17)
-- column: employer_max DECIMAL(14,2), dollars: match and core together are at most this
WITH aged AS (
  SELECT s.employee_id, CAST(date_sub('year', s.birth_date, {{ dec31 }}) AS INTEGER) AS age FROM {{ ref('spell') }} s
),
limited AS (
  SELECT
    p.employee_id,
    p.pay,
    p.enrolled_pay,
    r.deferral_rate,
    CASE
      WHEN a.age BETWEEN 60 AND 63 THEN {{ p('year.limits.deferralFrom60') }}
      WHEN a.age >= 50 THEN {{ p('year.limits.deferralFrom50') }}
      ELSE {{ p('year.limits.deferral') }}
    END AS deferral_limit
  FROM {{ ref('pay') }} p
  JOIN {{ ref('participation') }} r ON r.employee_id = p.employee_id
  JOIN aged a ON a.employee_id = p.employee_id
),
deferred AS (
  SELECT
    *,
    CAST(least(round(enrolled_pay * deferral_rate, 2), deferral_limit) AS DECIMAL(14,2)) AS deferral
  FROM limited
)
SELECT
  employee_id,
  deferral,
  CAST(deferral_limit AS DECIMAL(14,2)) AS deferral_limit,
  CAST(least(enrolled_pay, {{ p('year.limits.compensation') }}) AS DECIMAL(14,2)) AS match_base,
  CAST(
    greatest(0, least({{ p('year.limits.annualAdditions') }}, pay) - least(deferral, {{ p('year.limits.deferral') }}))
      AS DECIMAL(14,2)
  ) AS employer_max
FROM deferred

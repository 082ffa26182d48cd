-- The employer's match: tier by tier a share of what was deferred between two shares of pay; at most what section 415(c)
-- leaves beside deferrals.
-- grain: employee_id
-- column: employer_match DECIMAL(14,2), dollars
SELECT
  c.employee_id,
  CAST(
    least(
      any_value(c.employer_max),
      round(
        sum(m.match_rate * greatest(0, least(c.deferral, c.match_base * m.to_share) - c.match_base * m.from_share)), 2
      )
    ) AS DECIMAL(14,2)
  ) AS employer_match
FROM {{ ref('contrib') }} c
CROSS JOIN {{ src('match_tiers') }} m
GROUP BY c.employee_id

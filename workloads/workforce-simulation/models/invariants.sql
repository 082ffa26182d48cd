-- What must hold in every year: how often each is broken. A year with any broken one is never committed.
-- grain: invariant
-- column: invariant VARCHAR; broken BIGINT, 0 when it holds
SELECT invariant, CAST(broken AS BIGINT) AS broken
FROM (
  SELECT 'start + hires - terminations = end' AS invariant,
    abs(
      (SELECT count(*) FROM {{ ref('start_wf') }}) + (SELECT count(*) FROM {{ ref('ev_hire') }})
        - (SELECT count(*) FROM {{ ref('ev_term') }}) - (SELECT count(*) FROM {{ ref('ev_nh_term') }})
        - (SELECT count(*) FROM {{ ref('state') }})
    ) AS broken
  UNION ALL
  SELECT 'as many leave and come as planned',
    abs(n.leavers - (SELECT count(*) FROM {{ ref('ev_term') }})) + abs(n.hires - (SELECT count(*) FROM {{ ref('ev_hire') }}))
      + abs(n.new_hire_leavers - (SELECT count(*) FROM {{ ref('ev_nh_term') }}))
  FROM {{ ref('needs') }} n WHERE NOT {{ p('isStochastic') }}
  UNION ALL
  SELECT 'end = target', abs(n.target_count - (SELECT count(*) FROM {{ ref('state') }}))
  FROM {{ ref('needs') }} n WHERE NOT {{ p('isStochastic') }}
  UNION ALL
  SELECT 'nobody is promoted after leaving', count(*)
  FROM {{ ref('ev_promo') }} p JOIN {{ ref('spell') }} s ON s.employee_id = p.employee_id
  WHERE s.left_on < {{ feb1 }}
  UNION ALL
  SELECT 'nobody is raised after leaving', count(*)
  FROM {{ ref('ev_merit') }} m JOIN {{ ref('spell') }} s ON s.employee_id = m.employee_id
  WHERE s.left_on < m.effective_on
  UNION ALL
  SELECT 'employment lies within the year', count(*)
  FROM {{ ref('spell') }}
  WHERE employed_from < {{ jan1 }} OR employed_to > {{ dec31 }} OR employed_to < employed_from
  UNION ALL
  SELECT 'nobody is paid more than their pay at the end for the days employed', count(*)
  FROM {{ ref('snapshot') }} p JOIN {{ ref('spell') }} s ON s.employee_id = p.employee_id
  -- A cent an entry: each is rounded by itself, and nobody has more than five of them a year.
  WHERE p.pay * {{ days }} > p.annual_comp * (date_diff('day', s.employed_from, s.employed_to) + 1)
    + {{ days }} * 0.05 * ({{ year }} - {{ p('firstYear') }} + 1)
  UNION ALL
  SELECT 'nobody is paid below the floor of their level', count(*)
  FROM {{ ref('state') }} s JOIN {{ src('levels') }} l ON l.level_id = s.level_id
  WHERE s.annual_comp < l.pay_floor
  UNION ALL
  SELECT 'the ledger sums to pay', count(*)
  FROM {{ ref('state') }} s
  JOIN (SELECT employee_id, sum(delta) AS total FROM {{ ref('ledger') }} GROUP BY employee_id) l
    ON l.employee_id = s.employee_id
  WHERE s.annual_comp <> l.total
  UNION ALL
  SELECT 'everybody has entries in the ledger', count(*)
  FROM {{ ref('state') }} s ANTI JOIN {{ ref('ledger') }} l ON l.employee_id = s.employee_id
  UNION ALL
  SELECT 'attribution sums to payroll',
    CAST(abs((SELECT sum(payroll) FROM {{ ref('attribution') }}) - (SELECT sum(pay) FROM {{ ref('snapshot') }})) * 100 AS BIGINT)
  UNION ALL
  SELECT 'attribution sums to employer cost',
    CAST(
      abs(
        (SELECT sum(employer_cost) FROM {{ ref('attribution') }})
          - (SELECT sum(employer_match + employer_core) FROM {{ ref('snapshot') }})
      ) * 100 AS BIGINT
    )
  UNION ALL
  SELECT 'deferrals are within the limits', count(*) FROM {{ ref('contrib') }} WHERE deferral > deferral_limit OR deferral < 0
  UNION ALL
  SELECT 'additions are within their limit and within pay', count(*)
  FROM {{ ref('snapshot') }}
  WHERE least(deferral, {{ p('year.limits.deferral') }}) + employer_match + employer_core
      > least({{ p('year.limits.annualAdditions') }}, pay)
    OR employer_match < 0 OR employer_core < 0
  UNION ALL
  SELECT 'events have ids of their own', count(*) - count(DISTINCT event_id) FROM {{ ref('events') }}
  UNION ALL
  SELECT 'people are counted once', count(*) - count(DISTINCT employee_id) FROM {{ ref('snapshot') }}
  UNION ALL
  SELECT 'levels sum to the headcount',
    abs((SELECT sum(headcount) FROM {{ ref('pyramid') }}) - (SELECT count(*) FROM {{ ref('state') }}))
)

-- The figures of the year, one a row.
-- grain: metric
-- column: metric VARCHAR; unit VARCHAR: people, dollars, share; value DECIMAL(20,4)
WITH figures AS (
  SELECT
    count(*) FILTER (is_active) AS end_count,
    count(*) FILTER (NOT is_new) AS start_count,
    count(*) FILTER (is_new) AS hires,
    count(*) FILTER (NOT is_active AND NOT is_new) AS terminations,
    count(*) FILTER (NOT is_active AND is_new) AS new_hire_terminations,
    count(*) FILTER (is_active AND is_enrolled) AS participants,
    count(*) FILTER (is_hce) AS hces,
    CAST(sum(pay) AS DECIMAL(20,4)) AS payroll,
    CAST(sum(deferral) AS DECIMAL(20,4)) AS deferrals,
    CAST(sum(employer_match) AS DECIMAL(20,4)) AS employer_match,
    CAST(sum(employer_core) AS DECIMAL(20,4)) AS employer_core,
    CAST(coalesce(sum(annual_comp) FILTER (is_active), 0) AS DECIMAL(20,4)) AS run_rate,
    coalesce(sum(deferral_rate) FILTER (is_active AND is_enrolled), 0) AS rates
  FROM {{ ref('snapshot') }}
),
counts AS (
  SELECT
    count(*) FILTER (kind = 'promotion') AS promotions,
    count(*) FILTER (kind = 'merit') AS merit_raises,
    count(*) FILTER (kind IN ('enrollment_auto', 'enrollment_voluntary')) AS enrollments,
    count(*) FILTER (kind = 'opt_out') AS opt_outs,
    count(*) FILTER (kind = 'escalation') AS escalations
  FROM {{ ref('events') }}
)
SELECT unnest(['headcount_start', 'hires', 'terminations', 'new_hire_terminations', 'headcount_end', 'promotions',
    'merit_raises', 'enrollments', 'opt_outs', 'escalations', 'participants', 'hce', 'payroll', 'annual_comp_end',
    'average_comp_end', 'deferrals', 'employer_match', 'employer_core', 'employer_cost', 'participation_rate',
    'average_deferral_rate', 'match_share_of_payroll']) AS metric,
  unnest(['people', 'people', 'people', 'people', 'people', 'people',
    'people', 'people', 'people', 'people', 'people', 'people', 'dollars', 'dollars',
    'dollars', 'dollars', 'dollars', 'dollars', 'dollars', 'share',
    'share', 'share']) AS unit,
  unnest([
    f.start_count::DECIMAL(20,4), f.hires::DECIMAL(20,4), f.terminations::DECIMAL(20,4),
    f.new_hire_terminations::DECIMAL(20,4), f.end_count::DECIMAL(20,4), c.promotions::DECIMAL(20,4),
    c.merit_raises::DECIMAL(20,4), c.enrollments::DECIMAL(20,4), c.opt_outs::DECIMAL(20,4),
    c.escalations::DECIMAL(20,4), f.participants::DECIMAL(20,4), f.hces::DECIMAL(20,4),
    f.payroll, f.run_rate,
    CAST(round(CAST(f.run_rate AS DOUBLE) / greatest(1, f.end_count), 2) AS DECIMAL(20,4)),
    f.deferrals, f.employer_match, f.employer_core, CAST(f.employer_match + f.employer_core AS DECIMAL(20,4)),
    CAST(round(CAST(f.participants AS DOUBLE) / greatest(1, f.end_count), 4) AS DECIMAL(20,4)),
    CAST(round(CAST(f.rates AS DOUBLE) / greatest(1, f.participants), 4) AS DECIMAL(20,4)),
    CAST(round(CAST(f.employer_match AS DOUBLE) / greatest(1, f.payroll), 4) AS DECIMAL(20,4))
  ]) AS value
FROM figures f
CROSS JOIN counts c

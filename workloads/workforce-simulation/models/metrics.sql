-- The figures of the year, one a row. Averages and shares are whole-number divisions, rounded half up: nothing here goes
-- through floating point.
-- grain: metric
-- column: metric VARCHAR; unit VARCHAR: people, dollars, share; value DECIMAL(24,6)
WITH figures AS (
  SELECT
    count(*) FILTER (is_active) AS end_count,
    count(*) FILTER (NOT is_new) AS start_count,
    count(*) FILTER (is_new) AS hires,
    count(*) FILTER (NOT is_active AND NOT is_new) AS terminations,
    count(*) FILTER (NOT is_active AND is_new) AS new_hire_terminations,
    count(*) FILTER (is_active AND is_enrolled) AS participants,
    count(*) FILTER (is_hce) AS hces,
    CAST(coalesce(sum(pay), 0) AS DECIMAL(20,2)) AS payroll,
    CAST(coalesce(sum(deferral), 0) AS DECIMAL(20,2)) AS deferrals,
    CAST(coalesce(sum(employer_match), 0) AS DECIMAL(20,2)) AS employer_match,
    CAST(coalesce(sum(employer_core), 0) AS DECIMAL(20,2)) AS employer_core,
    CAST(coalesce(sum(annual_comp) FILTER (is_active), 0) AS DECIMAL(20,2)) AS run_rate,
    CAST(coalesce(sum(deferral_rate) FILTER (is_active AND is_enrolled), 0) AS DECIMAL(20,6)) AS rates
  FROM {{ ref('snapshot') }}
),
-- Cents, and millionths of a share.
parts AS (
  SELECT
    *,
    CAST(run_rate * 100 AS HUGEINT) AS run_rate_cents,
    CAST(employer_match * 100 AS HUGEINT) AS match_cents,
    CAST(greatest(1, payroll) * 100 AS HUGEINT) AS payroll_cents,
    CAST(rates * 1000000 AS HUGEINT) AS rate_units,
    greatest(1, end_count) AS people,
    greatest(1, participants) AS savers
  FROM figures
),
averages AS (
  SELECT
    *,
    CAST(CAST((2 * run_rate_cents + people) // (2 * people) AS DECIMAL(18,0)) * 0.01 AS DECIMAL(24,6)) AS average_comp,
    CAST(CAST((2000000 * participants + people) // (2 * people) AS DECIMAL(18,0)) * 0.000001 AS DECIMAL(24,6)) AS participation,
    CAST(CAST((2 * rate_units + savers) // (2 * savers) AS DECIMAL(18,0)) * 0.000001 AS DECIMAL(24,6)) AS average_rate,
    CAST(
      CAST((2000000 * match_cents + payroll_cents) // (2 * payroll_cents) AS DECIMAL(18,0)) * 0.000001 AS DECIMAL(24,6)
    ) AS match_share
  FROM parts
),
counts AS (
  SELECT
    count(*) FILTER (kind = 'promotion') AS promotions,
    count(*) FILTER (kind = 'merit') AS merit_raises,
    count(*) FILTER (kind IN ('enrollment_auto', 'enrollment_voluntary')) AS enrollments,
    count(*) FILTER (kind = 'opt_out') AS opt_outs,
    count(*) FILTER (kind = 'escalation') AS escalations
  FROM {{ ref('events') }}
),
plans AS (
  SELECT
    (SELECT target_count FROM {{ ref('needs') }}) AS target_count,
    coalesce((SELECT sum(headcount) FROM {{ ref('hazards') }} WHERE is_capped), 0) AS capped
)
SELECT unnest(['headcount_start', 'hires', 'terminations', 'new_hire_terminations', 'headcount_end', 'headcount_target',
    'hazards_capped', 'promotions', 'merit_raises', 'enrollments', 'opt_outs', 'escalations', 'participants', 'hce',
    'payroll', 'annual_comp_end', 'average_comp_end', 'deferrals', 'employer_match', 'employer_core', 'employer_cost',
    'participation_rate', 'average_deferral_rate', 'match_share_of_payroll']) AS metric,
  unnest(['people', 'people', 'people', 'people', 'people', 'people',
    'people', 'people', 'people', 'people', 'people', 'people', 'people', 'people',
    'dollars', 'dollars', 'dollars', 'dollars', 'dollars', 'dollars', 'dollars',
    'share', 'share', 'share']) AS unit,
  unnest([
    f.start_count::DECIMAL(24,6), f.hires::DECIMAL(24,6), f.terminations::DECIMAL(24,6),
    f.new_hire_terminations::DECIMAL(24,6), f.end_count::DECIMAL(24,6), n.target_count::DECIMAL(24,6),
    n.capped::DECIMAL(24,6), c.promotions::DECIMAL(24,6), c.merit_raises::DECIMAL(24,6), c.enrollments::DECIMAL(24,6),
    c.opt_outs::DECIMAL(24,6), c.escalations::DECIMAL(24,6), f.participants::DECIMAL(24,6), f.hces::DECIMAL(24,6),
    f.payroll::DECIMAL(24,6), f.run_rate::DECIMAL(24,6), f.average_comp, f.deferrals::DECIMAL(24,6),
    f.employer_match::DECIMAL(24,6), f.employer_core::DECIMAL(24,6),
    CAST(f.employer_match + f.employer_core AS DECIMAL(24,6)), f.participation, f.average_rate, f.match_share
  ]) AS value
FROM averages f
CROSS JOIN counts c
CROSS JOIN plans n

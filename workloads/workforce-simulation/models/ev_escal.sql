-- Whose deferral rate rises on 1 January: everybody enrolled before, below the cap, who takes part in the escalation.
-- A rate that stays what it is, is no event.
-- grain: employee_id
-- column: deferral_rate DECIMAL(7,6), the new one
SELECT
  employee_id,
  CAST(least({{ p('escalation.cap') }}, deferral_rate + {{ p('escalation.step') }}) AS DECIMAL(7,6)) AS deferral_rate
FROM {{ ref('start_wf') }}
WHERE is_enrolled
  AND enrolled_on < {{ jan1 }}
  AND least({{ p('escalation.cap') }}, deferral_rate + {{ p('escalation.step') }}) > deferral_rate
  AND {{ u_life('escalation', 'employee_id') }} < {{ p('escalation.share') }}

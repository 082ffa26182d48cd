-- Whose deferral rate rises on 1 January: everybody enrolled before, below the cap, who takes part in the escalation.
-- grain: employee_id
-- column: deferral_rate DECIMAL(6,4), the new one
SELECT
  employee_id,
  CAST(least({{ p('escalation.cap') }}, deferral_rate + {{ p('escalation.step') }}) AS DECIMAL(6,4)) AS deferral_rate
FROM {{ ref('start_wf') }}
WHERE is_enrolled
  AND enrolled_on < {{ jan1 }}
  AND deferral_rate < {{ p('escalation.cap') }}
  AND {{ u_life('escalation', 'employee_id') }} < {{ p('escalation.share') }}

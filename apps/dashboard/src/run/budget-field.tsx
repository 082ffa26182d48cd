/** What maps may spend in all from this resume on, in place of the budgets that they declare. */
import { useEffect, useId, useState } from "react";
import { usd } from "../words/numbers.js";
import type { RunMap } from "./use-run-maps.js";

interface BudgetFieldProps {
  readonly maps: readonly RunMap[];
  readonly isReached: boolean;
  readonly budgets: Readonly<Record<string, number>>;
  readonly onBudgets: (budgets: Readonly<Record<string, number>>) => void;
}

/** The plan is made anew when nobody types. */
const TYPED_MS = 500;
const BUDGET_MAX = 1_000_000;

export function BudgetField({ maps, isReached, budgets, onBudgets }: BudgetFieldProps) {
  const open = maps.filter(({ finishedAt }) => finishedAt === null);
  const [stage, setStage] = useState(open[0]?.stage ?? maps.at(-1)?.stage ?? "");
  const [text, setText] = useState("");
  const id = useId();
  const map = maps.find((one) => one.stage === stage);
  const dollars = Number(text.replace(/^\$/, "").replaceAll(",", ""));
  const spent = map?.costUsd ?? 0;
  const wrong =
    text.trim() === ""
      ? null
      : !Number.isFinite(dollars) || dollars < 0 || dollars > BUDGET_MAX
        ? "An amount in dollars is expected"
        : dollars <= spent
          ? `${usd(spent)} is spent already: nothing more would be called`
          : null;
  useEffect(() => {
    const next = text.trim() === "" || wrong !== null ? {} : { [stage]: dollars };
    if (JSON.stringify(next) === JSON.stringify(budgets)) return;
    const timer = setTimeout(() => onBudgets(next), TYPED_MS);
    return () => clearTimeout(timer);
  }, [text, wrong, stage, dollars, budgets, onBudgets]);
  return (
    <div className="budget">
      <label htmlFor={id}>{isReached ? "New budget" : "Budget"}</label>
      {maps.length < 2 ? null : (
        <select aria-label="Budget of which map" value={stage} onChange={(event) => setStage(event.target.value)}>
          {maps.map((one) => (
            <option key={one.stage}>{one.stage}</option>
          ))}
        </select>
      )}
      <input
        id={id}
        className="inp"
        inputMode="decimal"
        placeholder={spent === 0 ? "as declared" : `spent ${usd(spent)}`}
        value={text}
        aria-invalid={wrong !== null}
        aria-describedby={`${id}-why`}
        onChange={(event) => setText(event.target.value)}
      />
      <span id={`${id}-why`} className="c-fail small">
        {wrong}
      </span>
    </div>
  );
}

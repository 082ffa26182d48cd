/** Progress: continuous for items, a block a stage for stages. Order is always kept, done, failed, to go. */
import { counted, percent } from "../words/numbers.js";

export interface Shares {
  readonly kept?: number;
  readonly done: number;
  readonly failed: number;
  readonly total: number | null;
}

interface BarProps {
  readonly shares: Shares;
  readonly label: string;
  readonly size?: "thin" | "tall" | undefined;
  /** In words, for who cannot see it. */
  readonly text: string;
}

export function Bar({ shares, label, size, text }: BarProps) {
  const { kept = 0, done, failed, total } = shares;
  const whole = total ?? 0;
  const width = (part: number) => `${whole === 0 ? 0 : Math.min(100, (part / whole) * 100)}%`;
  // One failure of ten thousand must still be seen.
  const failedWidth = failed === 0 || whole === 0 ? "0%" : `max(2px, ${(failed / whole) * 100}%)`;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={whole || 1}
      aria-valuenow={Math.min(kept + done + failed, whole || 1)}
      aria-valuetext={text}
    >
      <div className={size === undefined ? "bar" : `bar ${size}`}>
        <i className="kept" style={{ width: width(kept) }} />
        <i className="done" style={{ width: width(done) }} />
        <i className="bad" style={{ width: failedWidth }} />
      </div>
    </div>
  );
}

export type StepState = "done" | "kept" | "live" | "bad" | "hold" | "todo";

export function Steps({ steps, label }: { readonly steps: readonly StepState[]; readonly label: string }) {
  const done = steps.filter((step) => step === "done" || step === "kept").length;
  return (
    <div
      className="steps"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={steps.length}
      aria-valuenow={done}
      aria-valuetext={`${done} of ${counted(steps.length, "stage")}`}
    >
      {steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a place in the row is what it is
        <i key={index} className={step === "todo" ? "" : step} />
      ))}
    </div>
  );
}

export const shareOf = ({ done, total }: { readonly done: number; readonly total: number | null }): number | null =>
  total === null || total === 0 ? null : Math.min(1, done / total);

export const wordsOf = (done: number, total: number | null): string =>
  total === null ? counted(done, "item") : `${percent(total === 0 ? 1 : done / total)} done`;

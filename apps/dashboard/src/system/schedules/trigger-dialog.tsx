/** Starts a run of a schedule now; what its overlap makes of that is said before. */
import { Link } from "@tanstack/react-router";
import type { Schedule } from "../../api/types.js";
import { Button } from "../../parts/button.js";
import { Dialog } from "../../parts/dialog.js";
import { counted } from "../../words/numbers.js";
import { useAct } from "./use-act.js";

interface Props {
  readonly schedule: Schedule;
  readonly onClose: () => void;
}

export function TriggerDialog({ schedule, onClose }: Props) {
  const { name, workflow } = schedule;
  const act = useAct(name);
  const done = act.data?.trigger;
  return (
    <Dialog title={`Trigger ${name}?`} onClose={onClose}>
      <dl className="ledger">
        <div>
          <dt>
            <i className="live" />
            {done === undefined ? "Starts" : wordOutcome(done.outcome)}
          </dt>
          <dd>
            {done === undefined ? (
              `a run of ${workflow} with the schedule's input; its ticks stay as they are`
            ) : done.runId === null ? (
              done.reason
            ) : (
              <Link className="id" to="/runs/$runId" params={{ runId: done.runId }}>
                {done.runId}
              </Link>
            )}
          </dd>
          <dd />
        </div>
        {done === undefined && schedule.activeCount > 0 ? (
          <div>
            <dt>
              <i className="maybe" />
              Meets
            </dt>
            <dd>{`${counted(schedule.activeCount, "active run")}: ${OVERLAP_WORDS[schedule.overlap]}`}</dd>
            <dd />
          </div>
        ) : null}
      </dl>
      {act.error === null ? null : (
        <p className="pad c-fail" role="alert">
          {act.error.message}
        </p>
      )}
      <footer>
        <Button kind="bare" onClick={onClose}>
          {done === undefined ? "Not now" : "Close"}
        </Button>
        {done === undefined ? (
          <span className="btns">
            <Button
              kind="pri"
              refusal={act.isPending ? "It is under way" : null}
              onClick={() => act.mutate({ action: "trigger" })}
            >
              Trigger now
            </Button>
          </span>
        ) : null}
      </footer>
    </Dialog>
  );
}

const OVERLAP_WORDS: Readonly<Record<Schedule["overlap"], string>> = {
  skip: "this one will be skipped",
  queue: "this one starts once it has ended",
  cancelRunning: "it will be cancelled first",
  allow: "both go on",
};

function wordOutcome(outcome: string): string {
  switch (outcome) {
    case "started":
      return "Started";
    case "pending":
      return "Waits";
    case "skipped":
      return "Skipped";
    default:
      return "Failed";
  }
}

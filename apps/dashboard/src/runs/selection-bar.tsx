/** What is selected, and what can be done with all of it: one after the other, with what was refused told at the end. */
import { Link } from "@tanstack/react-router";
import { CircleSlash, GitCompare, Pause, Trash2, X } from "lucide-react";
import { useState } from "react";
import { ask, runPath } from "../api/client.js";
import { useActRefusal } from "../api/session-context.js";
import type { RunSummary } from "../api/types.js";
import { Button } from "../parts/button.js";
import { count, counted } from "../words/numbers.js";
import { ACTS_ON, type BulkAct } from "./bulk-acts.js";
import { ConfirmBulk } from "./confirm-bulk.js";

const AT_A_TIME = 4;

interface SelectionBarProps {
  readonly runs: readonly RunSummary[];
  readonly hasMore: boolean;
  readonly onAll: () => void;
  /** Runs may be gone. */
  readonly onDone: () => void;
  readonly onClear: () => void;
}

interface Told {
  readonly done: number;
  readonly total: number;
  readonly refused: readonly string[];
}

export function SelectionBar({ runs, hasMore, onAll, onDone, onClear }: SelectionBarProps) {
  const refusal = useActRefusal();
  const [asked, setAsked] = useState<BulkAct | null>(null);
  const [told, setTold] = useState<Told | null>(null);
  if (runs.length === 0 && told === null) return null;

  const carryOut = async (act: BulkAct) => {
    setAsked(null);
    const waiting = runs.filter(ACTS_ON[act]);
    const total = waiting.length;
    const refused: string[] = [];
    let done = 0;
    setTold({ done, total, refused });
    const work = async () => {
      for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
        try {
          if (act === "delete") await ask(runPath(run.id), { method: "DELETE" });
          else await ask(runPath(run.id), { method: "PUT", body: { action: act } });
        } catch (error) {
          refused.push(`${run.id}: ${(error as Error).message}`);
        }
        setTold({ done: ++done, total, refused: [...refused] });
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
    onDone();
    onClear();
    if (refused.length === 0) setTold(null);
  };

  const able = (act: BulkAct) => runs.filter(ACTS_ON[act]).length;
  const whyNot = (act: BulkAct) => refusal ?? (able(act) === 0 ? `None of these can be ${PAST[act]}` : null);
  return (
    <>
      <section className="float" aria-label="Selection">
        {told === null ? (
          <>
            <b className="b">{count(runs.length)} selected</b>&nbsp;
            <button type="button" className="link" onClick={onAll}>
              {hasMore ? "Select all that are read" : "Select all"}
            </button>
            <span className="sep" />
            {runs.length === 2 ? (
              <Link className="btn bare" to="/compare" search={{ a: runs[0]?.id ?? "", b: runs[1]?.id ?? "" }}>
                <GitCompare className="i s" aria-hidden="true" />
                Compare
              </Link>
            ) : null}
            <Button kind="bare" refusal={whyNot("pause")} onClick={() => void carryOut("pause")}>
              <Pause className="i s" aria-hidden="true" />
              Pause
            </Button>
            <Button kind="bare" refusal={whyNot("cancel")} onClick={() => setAsked("cancel")}>
              <CircleSlash className="i s" aria-hidden="true" />
              Cancel…
            </Button>
            <Button kind="bare" refusal={whyNot("delete")} onClick={() => setAsked("delete")}>
              <Trash2 className="i s" aria-hidden="true" />
              Delete…
            </Button>
          </>
        ) : (
          <span role="status">
            {count(told.done)} of {counted(told.total, "run")} done
            {told.refused.length === 0 ? "" : `, ${told.refused.length} refused. ${told.refused[0]}`}
          </span>
        )}
        <span className="sep" />
        <Button
          kind="bare"
          isIcon
          title="Clear selection (Esc)"
          aria-label="Clear selection"
          onClick={() => {
            setTold(null);
            onClear();
          }}
        >
          <X className="i s" aria-hidden="true" />
        </Button>
      </section>
      {asked === null ? null : (
        <ConfirmBulk act={asked} runs={runs} onClose={() => setAsked(null)} onSure={() => void carryOut(asked)} />
      )}
    </>
  );
}

const PAST = { pause: "paused", cancel: "cancelled", delete: "removed" } as const;

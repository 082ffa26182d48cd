/** The last question before many runs end or go: what goes, what stays, and the number of them typed where nothing comes back. */

import { useState } from "react";
import type { RunSummary } from "../api/types.js";
import { Button } from "../parts/button.js";
import { Dialog } from "../parts/dialog.js";
import { Key } from "../parts/key.js";
import { counted } from "../words/numbers.js";
import { ACTS_ON, type BulkAct } from "./bulk-acts.js";

interface ConfirmBulkProps {
  readonly act: BulkAct;
  readonly runs: readonly RunSummary[];
  readonly onClose: () => void;
  readonly onSure: () => void;
}

export function ConfirmBulk({ act, runs, onClose, onSure }: ConfirmBulkProps) {
  const concerned = runs.filter(ACTS_ON[act]);
  const others = runs.length - concerned.length;
  const running = concerned.filter(({ status }) => status === "running").length;
  const [typed, setTyped] = useState("");
  const isRemoval = act === "delete";
  const isSure = !isRemoval || typed.trim() === String(concerned.length);
  const verb = isRemoval ? "Remove" : "Cancel";
  return (
    <Dialog title={`${verb} ${counted(concerned.length, "run")}?`} onClose={onClose}>
      <dl className="ledger">
        <div>
          <dt>
            <i className="bad" />
            {isRemoval ? "Goes" : "Ends"}
          </dt>
          <dd>
            {isRemoval
              ? "their records, results and files; this cannot be undone"
              : "the work on them; what is in flight is given up"}
          </dd>
          <dd>{counted(concerned.length, "run")}</dd>
        </div>
        {isRemoval ? null : (
          <div>
            <dt>
              <i className="kept" />
              Stays
            </dt>
            <dd>what they recorded; a restart begins anew, a pause would keep them resumable</dd>
            <dd>{running === 0 ? "" : `${running} running`}</dd>
          </div>
        )}
        {others === 0 ? null : (
          <div>
            <dt>
              <i className="todo" />
              Left alone
            </dt>
            <dd>{isRemoval ? "still queued or running" : "finished already"}</dd>
            <dd>{counted(others, "run")}</dd>
          </div>
        )}
      </dl>
      {isRemoval ? (
        <div className="fl pad confirm-type">
          <label htmlFor="how-many">Type {concerned.length} to remove them</label>
          <input
            id="how-many"
            className="inp mono"
            inputMode="numeric"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
      ) : null}
      <footer>
        <Button kind="bare" onClick={onClose}>
          Keep them<Key>Esc</Key>
        </Button>
        <span className="btns">
          <Button kind="danger" refusal={isSure ? null : `Type ${concerned.length} first`} onClick={onSure}>
            {verb} {counted(concerned.length, "run")}
          </Button>
        </span>
      </footer>
    </Dialog>
  );
}

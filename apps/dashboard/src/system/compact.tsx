/** Compacting the store: what it would give back and need first, then the act itself. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import type { CompactReport } from "../api/types.js";
import { Button, CopyButton } from "../parts/button.js";
import { bytes, counted } from "../words/numbers.js";
import { askStorage } from "./ask-storage.js";

export function Compact() {
  const client = useQueryClient();
  const look = useMutation({
    mutationFn: () => askStorage<CompactReport>({ action: "compact", checkOnly: true }),
    onSuccess: () => apply.reset(),
  });
  const apply = useMutation({
    mutationFn: () => askStorage<CompactReport>({ action: "compact" }),
    onSuccess: () => client.invalidateQueries(),
  });
  const said = look.data;
  const done = apply.data;
  const error = look.error ?? apply.error;
  return (
    <section className={done === undefined ? "plan" : "plan done"} aria-label="Compact">
      <header>
        <h2>Compact</h2>
        <span className="dim" role="status">
          {apply.isPending
            ? "The store is written anew; nobody else can write meanwhile…"
            : done !== undefined
              ? `${bytes(done.beforeBytes)} before, ${bytes(done.afterBytes)} after`
              : said === undefined
                ? "Writes the store anew without its free space"
                : "nothing has changed yet"}
        </span>
        <span className="end btns">
          <Button
            kind={said === undefined ? "plain" : "bare"}
            refusal={look.isPending || apply.isPending ? "It is under way" : null}
            onClick={() => look.mutate()}
          >
            <RefreshCw className="i s" aria-hidden="true" />
            {said === undefined ? "What would be done" : "Look again"}
          </Button>
        </span>
      </header>
      {error === null ? null : (
        <p className="pad c-fail" role="alert">
          {error.message}
        </p>
      )}
      {done?.isLogEmpty === false ? (
        <p className="pad c-hold">
          Another process reads the store, and its log could not be emptied. Compact again later.
        </p>
      ) : null}
      {said === undefined || done !== undefined ? null : (
        <>
          <dl className="ledger">
            <div>
              <dt>
                <i className="done" />
                Gives back
              </dt>
              <dd>free space inside the store; what was removed is gone from its pages for good</dd>
              <dd>
                {bytes(Math.max(0, said.beforeBytes - said.afterBytes))}
                <small>about {bytes(said.afterBytes)} stay</small>
              </dd>
            </div>
            <div>
              <dt>
                <i className="maybe" />
                Needs
              </dt>
              <dd>room on the disk while it is under way, and that nobody else writes</dd>
              <dd>
                {bytes(said.neededBytes)}
                <small>{bytes(said.freeBytes)} free</small>
              </dd>
            </div>
            {said.heldRuns.length === 0 ? null : (
              <div>
                <dt>
                  <i className="bad" />
                  In the way
                </dt>
                <dd className="mono cut">{said.heldRuns.join(", ")}</dd>
                <dd>{counted(said.heldRuns.length, "run")} held</dd>
              </div>
            )}
          </dl>
          <div className="total">
            <span className="mid">{said.refusal ?? "A crash leaves the store as it was."}</span>
            <span className="btns">
              <CopyButton text="holdfast db compact" label="Copy: holdfast db compact" className="btn">
                Copy command
              </CopyButton>
              <Button
                refusal={said.refusal ?? (apply.isPending ? "It is under way" : null)}
                onClick={() => apply.mutate()}
              >
                Compact the store
              </Button>
            </span>
          </div>
        </>
      )}
    </section>
  );
}

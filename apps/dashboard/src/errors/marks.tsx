/** What people say of a cause: resolved, until it occurs again; ignored; or neither. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Check, EyeOff, Undo2 } from "lucide-react";
import { ask } from "../api/client.js";
import { Button } from "../parts/button.js";
import { useNow } from "../parts/now.js";
import { ago, instant } from "../words/times.js";
import { type Cause, groupOf } from "./cause.js";

export function Marked({ mark }: { readonly mark: NonNullable<Cause["mark"]> }) {
  const nowMs = useNow();
  return (
    <p className="dim small" title={instant(mark.at)}>
      {mark.state === "resolved" ? "Resolved" : "Ignored"} by {mark.by} {ago(mark.at, nowMs)}
      {mark.note === null ? "" : `: ${mark.note}`}
      {mark.cameBack ? "; it has occurred again since" : ""}
    </p>
  );
}

export function Marks({ cause, refusal }: { readonly cause: Cause; readonly refusal: string | null }) {
  const client = useQueryClient();
  const mark = useMutation({
    mutationFn: (state: "open" | "resolved" | "ignored") =>
      ask(`api/errors/${cause.fingerprint}`, { method: "POST", body: { state } }),
    onSuccess: () => client.invalidateQueries(),
  });
  const busy = refusal ?? (mark.isPending ? "It is under way" : null);
  const group = groupOf(cause);
  return (
    <>
      {group === "open" ? (
        <Button size="sm" refusal={busy} onClick={() => mark.mutate("resolved")}>
          <Check className="i s" aria-hidden="true" />
          Resolve
        </Button>
      ) : null}
      {group === "ignored" ? null : (
        <Button size="sm" refusal={busy} onClick={() => mark.mutate("ignored")}>
          <EyeOff className="i s" aria-hidden="true" />
          Ignore
        </Button>
      )}
      {cause.mark === null ? null : (
        <Button size="sm" kind="bare" refusal={busy} onClick={() => mark.mutate("open")}>
          <Undo2 className="i s" aria-hidden="true" />
          Take the mark away
        </Button>
      )}
      {mark.error === null ? null : (
        <span className="c-fail small" role="alert">
          {mark.error.message}
        </span>
      )}
    </>
  );
}

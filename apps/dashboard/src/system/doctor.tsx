/** The store and what it needs, looked at as a whole: what was found, and what to do about it. */
import { useQuery } from "@tanstack/react-query";
import { Stethoscope } from "lucide-react";
import type { DoctorReport } from "../api/types.js";
import { Button } from "../parts/button.js";
import { Problem } from "../parts/problem.js";
import { Skeleton } from "../parts/skeleton.js";
import { State } from "../parts/state.js";
import { counted } from "../words/numbers.js";
import type { RunState } from "../words/run-state.js";
import { clock } from "../words/times.js";
import { askStorage } from "./ask-storage.js";

const LEVELS: Readonly<Record<DoctorReport["findings"][number]["level"], RunState>> = {
  ok: { tone: "ok", icon: "completed", word: "Good", edge: null },
  note: { tone: "hold", icon: "paused", word: "Note", edge: null },
  problem: { tone: "fail", icon: "failed", word: "Put right", edge: null },
};

/** Asked when the tab is opened, and again when somebody says so: it reads the whole store. */
export function Doctor() {
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: ["doctor"],
    queryFn: () => askStorage<DoctorReport>({ action: "doctor" }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const wrong = data?.findings.filter(({ level }) => level === "problem").length ?? 0;
  return (
    <section className="panel first" aria-labelledby="h-doctor">
      <header>
        <h2 id="h-doctor">Doctor</h2>
        <span className="dim small" role="status">
          {isFetching
            ? "Looking at the store, the disk and the workers…"
            : data === undefined
              ? ""
              : `${data.isFit ? "Fit for use" : `${counted(wrong, "thing")} to be put right`}, looked at ${clock(data.asOf)}`}
        </span>
        <span className="end btns">
          <Button size="sm" refusal={isFetching ? "It is looking" : null} onClick={() => void refetch()}>
            <Stethoscope className="i s" aria-hidden="true" />
            Look again
          </Button>
        </span>
      </header>
      {error === null ? null : (
        <Problem error={error} what="The store could not be examined" onAgain={() => void refetch()} />
      )}
      {data === undefined && error !== null ? null : (
        <table className="tbl plain findings">
          <thead>
            <tr>
              <th>What</th>
              <th>State</th>
              <th>Found</th>
              <th>What to do</th>
            </tr>
          </thead>
          <tbody>
            {data === undefined ? <Skeleton columns={4} /> : null}
            {data?.findings.map(({ name, level, text, cure }) => (
              <tr
                key={`${name} ${text}`}
                className={level === "problem" ? "n-fail" : level === "note" ? "n-hold" : "old"}
              >
                <td className="mono">{name}</td>
                <td>
                  <State state={LEVELS[level]} />
                </td>
                <td className="wraps">{text}</td>
                <td className="wraps mid">{cure ?? "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** What a run recorded, by tab; each says how much there is. */
import { Link } from "@tanstack/react-router";
import { useSession } from "../api/session-context.js";
import type { Run } from "../api/types.js";
import { count } from "../words/numbers.js";
import type { RunMap } from "./use-run-maps.js";

export type TabName = "overview" | "items" | "errors" | "log" | "events" | "artifacts" | "result" | "cost" | "audit";

interface RunTabsProps {
  readonly run: Run;
  readonly maps: readonly RunMap[];
  readonly tab: TabName;
}

export function RunTabs({ run, maps, tab }: RunTabsProps) {
  const { role } = useSession();
  const items = maps.reduce((sum, map) => sum + map.done, 0);
  const failed = maps.reduce((sum, map) => sum + map.failed, 0);
  const tabs: readonly {
    readonly name: TabName;
    readonly text: string;
    readonly n?: number;
    readonly tone?: string;
  }[] = [
    { name: "overview", text: "Overview" },
    ...(maps.length === 0 ? [] : [{ name: "items" as const, text: "Items", n: items }]),
    ...(failed === 0 ? [] : [{ name: "errors" as const, text: "Errors", n: failed, tone: "fail" }]),
    { name: "log", text: "Log" },
    { name: "events", text: "Events", n: run.head },
    { name: "artifacts", text: "Artifacts" },
    { name: "result", text: "Input and result" },
    ...(maps.length === 0 ? [] : [{ name: "cost" as const, text: "Cost" }]),
    ...(role === "admin" ? [{ name: "audit" as const, text: "Audit" }] : []),
  ];
  return (
    <nav className="tabs ruled" aria-label="Of this run">
      {tabs.map(({ name, text, n, tone }) => (
        <Link
          key={name}
          to={name === "overview" ? "/runs/$runId" : "/runs/$runId/$tab"}
          params={{ runId: run.id, tab: name }}
          activeOptions={{ exact: true }}
          aria-current={name === tab ? "page" : undefined}
          replace
        >
          {text}
          {n === undefined ? null : <span className={tone === undefined ? "n" : `n ${tone}`}>{count(n)}</span>}
        </Link>
      ))}
    </nav>
  );
}

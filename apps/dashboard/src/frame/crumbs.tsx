/** Where one is, in words, from the address. */
import { Link, useLocation } from "@tanstack/react-router";
import type { ReactNode } from "react";

interface Crumb {
  readonly text: string;
  /** A way back; the last has none. */
  readonly href?: ReactNode;
  readonly isMono?: boolean;
}

const NAMES: Readonly<Record<string, string>> = {
  runs: "Runs",
  inbox: "Inbox",
  errors: "Errors",
  compare: "Compare",
  datasets: "Datasets",
  system: "System",
  settings: "Settings",
  start: "Start a run",
};

export function useCrumbs(): readonly Crumb[] {
  const parts = useLocation()
    .pathname.split("/")
    .filter((part) => part !== "");
  const [place = "runs", second] = parts;
  const runs = (
    <Link key="runs" to="/runs" search={{}}>
      Runs
    </Link>
  );
  if (place === "runs" && second !== undefined)
    return [
      { text: "Runs", href: runs },
      { text: decodeURIComponent(second), isMono: true },
    ];
  if (place === "start") return [{ text: "Runs", href: runs }, { text: "Start a run" }];
  return [{ text: NAMES[place] ?? "Not here" }];
}

/** The frame of every page: navigation, top bar, the page, the strip of this tab's run, and what floats over them. */
import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ask, runPath } from "../api/client.js";
import type { Run } from "../api/types.js";
import { togglePause } from "../live/connection.js";
import { Palette } from "../palette/palette.js";
import type { RunAct } from "../palette/run-acts.js";
import { ConfirmAct, type Confirmed } from "../run/confirm-act.js";
import { openPlan } from "../run/plan-open.js";
import { useZone } from "../settings/preferences.js";
import { useNotices } from "../settings/use-notices.js";
import { listenToKeys, useKeys } from "../tab/keys.js";
import { PLACES } from "../tab/places.js";
import { tabRun } from "../tab/tab-run.js";
import { toggleTheme } from "../tab/theme.js";
import { RecoveryToast } from "../toast/recovery-toast.js";
import { KeysSheet } from "./keys-sheet.js";
import { SideNav } from "./side-nav.js";
import { StatusStrip } from "./status-strip.js";
import { TopBar } from "./top-bar.js";

export function Frame() {
  const navigate = useNavigate();
  // Every instant on the page is worded anew in another zone.
  const zone = useZone();
  useNotices();
  const [open, setOpen] = useState<"palette" | "keys" | null>(null);
  const [asked, setAsked] = useState<{ readonly run: Run; readonly what: Confirmed } | null>(null);
  const client = useQueryClient();
  const onRunAct = (run: Run, act: RunAct) => {
    if (act === "plan") openPlan();
    else if (act !== "pause") setAsked({ run, what: act });
    else {
      const headers = { "if-match": `"${run.revision}"` };
      void ask<Run>(runPath(run.id), { method: "PUT", body: { action: "pause" }, headers })
        .catch(() => undefined)
        .then(() => client.invalidateQueries({ queryKey: ["run", run.id] }));
    }
  };
  useEffect(listenToKeys, []);
  useEffect(() => {
    void tabRun();
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setOpen((was) => (was === "palette" ? null : "palette"));
      }
      if (event.key === "F6") moveRegion(event);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  useKeys({
    "?": () => setOpen("keys"),
    l: togglePause,
    t: toggleTheme,
    n: () => void navigate({ to: "/start" }),
    ...Object.fromEntries(PLACES.map(({ key, to }) => [`g ${key}`, () => void navigate({ to })])),
  });

  return (
    <>
      {/* No link to #main: the base of the page is not its address. */}
      <button type="button" className="skip" onClick={() => document.getElementById("main")?.focus()}>
        Skip to content
      </button>
      <div className="frame">
        <SideNav />
        <div className="work">
          <TopBar onSearch={() => setOpen("palette")} onKeys={() => setOpen("keys")} />
          <main className="body" id="main" tabIndex={-1}>
            <Outlet key={zone} />
          </main>
          <StatusStrip />
          <RecoveryToast />
        </div>
      </div>
      {open === "palette" ? <Palette onClose={() => setOpen(null)} onRunAct={onRunAct} /> : null}
      {asked === null ? null : <ConfirmAct run={asked.run} what={asked.what} onClose={() => setAsked(null)} />}
      {open === "keys" ? <KeysSheet onClose={() => setOpen(null)} /> : null}
    </>
  );
}

/** F6 goes around the regions, as in other programs with several panes. */
function moveRegion(event: KeyboardEvent): void {
  const regions = [...document.querySelectorAll<HTMLElement>(".side nav, .top, #main, .drawer, .strip, .toast")];
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions[(at + (event.shiftKey ? regions.length - 1 : 1)) % regions.length];
  const target = next?.id === "main" ? next : next?.querySelector<HTMLElement>("a,button,[tabindex]");
  if (target === null || target === undefined) return;
  event.preventDefault();
  target.focus();
}

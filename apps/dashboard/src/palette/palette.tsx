/** Search and commands: what waits, runs by the beginning of their id, acts on the run in view, places. Arrows choose, Enter goes. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { CirclePlus, GitCompare, type LucideIcon, MoonStar, PauseCircle, Search, Settings } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useState } from "react";
import { ask, query, runPath } from "../api/client.js";
import { useMayAct } from "../api/session-context.js";
import type { Run, RunPage, RunSummary, WorkflowPage } from "../api/types.js";
import { useAttention } from "../inbox/use-attention.js";
import { togglePause } from "../live/connection.js";
import { usePolled } from "../live/use-polled.js";
import { Dialog } from "../parts/dialog.js";
import { useNow } from "../parts/now.js";
import { shareOf } from "../parts/progress.js";
import { StateMark } from "../parts/state.js";
import { PLACES } from "../tab/places.js";
import { toggleTheme } from "../tab/theme.js";
import { inputWords } from "../words/input-words.js";
import { stateOf } from "../words/run-state.js";
import { type RunAct, runActs } from "./run-acts.js";

interface Option {
  readonly id: string;
  readonly group: string;
  readonly icon: ReactNode;
  readonly text: ReactNode;
  readonly key?: string;
  readonly act: () => void;
}

const FOUND_MAX = 8;

interface PaletteProps {
  readonly onClose: () => void;
  /** An act on the run in view was chosen: it is asked about, or done, where the palette is gone. */
  readonly onRunAct: (run: Run, act: RunAct) => void;
}

export function Palette({ onClose, onRunAct }: PaletteProps) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const options = useOptions(text.trim(), onClose, onRunAct);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text, another list
  useEffect(() => setAt(0), [text]);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((was) => (options.length === 0 ? 0 : (was + step + options.length) % options.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      options[at]?.act();
    }
  };
  const groups = [...new Set(options.map(({ group }) => group))];
  return (
    <Dialog title="Search and commands" isTitleHidden onClose={onClose} className="pal">
      <div className="ask">
        <Search className="i" aria-hidden="true" />
        <input
          className="query-text"
          role="combobox"
          aria-label="Search runs and commands"
          aria-expanded
          aria-controls="pal-list"
          aria-activedescendant={options[at] === undefined ? undefined : `pal-${options[at].id}`}
          autoComplete="off"
          spellCheck={false}
          placeholder="A run, a workflow, a place"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className="pal-list" id="pal-list" role="listbox" aria-label="Found">
        {groups.map((group) => (
          // biome-ignore lint/a11y/useSemanticElements: a group within a list of options
          <div key={group} role="group" aria-label={group}>
            <div className="gh" aria-hidden="true">
              {group}
            </div>
            {options
              .filter((option) => option.group === group)
              .map((option) => (
                <div
                  key={option.id}
                  id={`pal-${option.id}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={options[at] === option}
                  onMouseMove={() => setAt(options.indexOf(option))}
                  onClick={option.act}
                  onKeyDown={undefined}
                >
                  {option.icon}
                  <span className="cut">{option.text}</span>
                  <span className="k">
                    {option.key === undefined ? null : option.key.split(" ").map((one) => <kbd key={one}>{one}</kbd>)}
                  </span>
                </div>
              ))}
          </div>
        ))}
        {options.length === 0 ? <p className="pad dim pal-none">Nothing is called that.</p> : null}
      </div>
      <div className="foot" aria-hidden="true">
        <span>
          <kbd>↑</kbd>
          <kbd>↓</kbd> choose
        </span>
        <span>
          <kbd>↵</kbd> go
        </span>
        <span>
          <kbd>Esc</kbd> close
        </span>
      </div>
    </Dialog>
  );
}

function useOptions(text: string, onClose: () => void, onRunAct: PaletteProps["onRunAct"]): readonly Option[] {
  const navigate = useNavigate();
  const nowMs = useNow();
  const attention = useAttention();
  const { runId } = useParams({ strict: false });
  const mayAct = useMayAct();
  const { data: present } = useQuery({
    queryKey: ["palette-run", runId],
    queryFn: ({ signal }) => ask<Run>(runPath(runId ?? ""), { signal }),
    enabled: runId !== undefined,
  });
  const { data: workflows } = usePolled<WorkflowPage>("api/workflows", { everyMs: null });
  const isId = /^[A-Za-z0-9][A-Za-z0-9._~-]*$/.test(text);
  const found = useQuery({
    queryKey: ["palette", text],
    queryFn: ({ signal }) =>
      ask<RunPage>(`api/runs${query({ limit: FOUND_MAX, idPrefix: text === "" ? undefined : text })}`, { signal }),
    enabled: text === "" || isId,
    placeholderData: (before) => before,
  });
  return useMemo(() => {
    const go = (act: () => unknown) => () => {
      onClose();
      act();
    };
    const runOption =
      (group: string) =>
      (run: RunSummary): Option => {
        const state = stateOf(run, nowMs);
        return {
          id: `${group}-${run.id}`.replace(/\W/g, "-"),
          group,
          icon: (
            <span className={`st ${state.tone}`}>
              <StateMark icon={state.icon} share={shareOf(run.progress)} />
            </span>
          ),
          text: (
            <>
              <span className="id">{run.id}</span> <span className="dim">{inputWords(run.input) || run.workflow}</span>
            </>
          ),
          act: go(() => navigate({ to: "/runs/$runId", params: { runId: run.id } })),
        };
      };
    const command = (name: string, Icon: LucideIcon, act: () => unknown, key?: string): Option => ({
      id: name.replace(/\W/g, "-"),
      group: "Commands",
      icon: <Icon className="i" aria-hidden="true" />,
      text: name,
      act: go(act),
      ...(key === undefined ? {} : { key }),
    });
    const ofRun =
      present === undefined
        ? []
        : [
            ...(mayAct ? runActs(present) : []).map(({ act, name, icon, key }) =>
              command(`${name}: ${present.id}`, icon, () => onRunAct(present, act), key),
            ),
            command(`Compare with another run: ${present.id}`, GitCompare, () =>
              navigate({ to: "/compare", search: { a: present.id } }),
            ),
          ];
    const commands = [
      ...ofRun,
      ...(workflows?.rows ?? []).map(({ name }) =>
        command(`Start ${name}`, CirclePlus, () => navigate({ to: "/start/$workflow", params: { workflow: name } })),
      ),
      command("Settings", Settings, () => navigate({ to: "/settings" })),
      command("Light or dark", MoonStar, toggleTheme, "t"),
      command("Pause live updates", PauseCircle, togglePause, "l"),
    ];
    const places = PLACES.map(
      ({ to, name, key, icon: Icon }): Option => ({
        id: `place-${name}`,
        group: "Places",
        icon: <Icon className="i" aria-hidden="true" />,
        text: name,
        key: `g ${key}`,
        act: go(() => navigate({ to })),
      }),
    );
    const wanted = text.toLowerCase();
    const matches = ({ text: shown }: Option) => typeof shown === "string" && shown.toLowerCase().includes(wanted);
    const waiting = attention.runs.filter(({ id }) => id.includes(text)).slice(0, 4);
    const runs = (found.data?.rows ?? []).filter(
      ({ id }) => id.startsWith(text) && !waiting.some((run) => run.id === id),
    );
    return [
      ...waiting.map(runOption("Needs you")),
      ...runs.slice(0, FOUND_MAX).map(runOption("Runs")),
      ...commands.filter(matches),
      ...places.filter(matches),
    ];
  }, [text, nowMs, attention.runs, workflows, found.data, navigate, onClose, onRunAct, present, mayAct]);
}

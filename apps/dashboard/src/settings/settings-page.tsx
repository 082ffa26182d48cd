/** What this browser shows and how: theme, rows, zone, notices, keys, saved views; who is signed in, and which Holdfast this is. */
import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { ask } from "../api/client.js";
import { useSession } from "../api/session-context.js";
import { signOut } from "../boot/session.js";
import { KeyList } from "../frame/keys-sheet.js";
import { Button } from "../parts/button.js";
import { SCROLLS } from "../parts/scrolls.js";
import { useSavedViews } from "../runs/saved-views.js";
import { setSingleKeys, useSingleKeys } from "../tab/keys.js";
import { chooseNotifying, chooseZone, useNotifying, useZone } from "../tab/preferences.js";
import { setDensity, setTheme, useDensity, useThemeChoice } from "../tab/theme.js";
import { useTitle } from "../tab/use-title.js";
import { instant } from "../words/times.js";

export function SettingsPage() {
  useTitle("Settings");
  return (
    <div className="settings" {...SCROLLS}>
      <h1>Settings</h1>
      <p className="dim">Kept in this browser.</p>
      <Look />
      <Notices />
      <Keys />
      <Views />
      <Who />
      <About />
    </div>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const id = `h-${title.toLowerCase().replaceAll(" ", "-")}`;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

interface ChoiceProps<T extends string> {
  readonly name: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, name: string])[];
  readonly onChoose: (next: T) => void;
}

function Choice<T extends string>({ name, value, options, onChoose }: ChoiceProps<T>) {
  return (
    <div className="setting">
      <span>{name}</span>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is a part of a form */}
      <span className="seg" role="group" aria-label={name}>
        {options.map(([one, text]) => (
          <button key={one} type="button" aria-pressed={one === value} onClick={() => onChoose(one)}>
            {text}
          </button>
        ))}
      </span>
    </div>
  );
}

function Look() {
  const theme = useThemeChoice();
  const density = useDensity();
  const zone = useZone();
  return (
    <Section title="Look">
      <Choice
        name="Theme"
        value={theme}
        options={[
          ["system", "As the system"],
          ["light", "Light"],
          ["dark", "Dark"],
        ]}
        onChoose={setTheme}
      />
      <Choice
        name="Rows"
        value={density}
        options={[
          ["compact", "Compact"],
          ["regular", "Regular"],
          ["comfortable", "Comfortable"],
        ]}
        onChoose={setDensity}
      />
      <Choice
        name="Instants"
        value={zone}
        options={[
          ["local", `Yours, ${Intl.DateTimeFormat().resolvedOptions().timeZone}`],
          ["utc", "UTC"],
        ]}
        onChoose={chooseZone}
      />
    </Section>
  );
}

type OnOff = "on" | "off";
const ON_OFF: readonly (readonly [OnOff, string])[] = [
  ["on", "On"],
  ["off", "Off"],
];

function Notices() {
  const isOn = useNotifying();
  const isDenied = "Notification" in window && Notification.permission === "denied";
  return (
    <Section title="Notices">
      <Choice
        name="When a run needs you"
        value={isOn ? "on" : "off"}
        options={ON_OFF}
        onChoose={(next) => void chooseNotifying(next === "on")}
      />
      <p className="dim small">
        {isDenied
          ? "The browser refuses notices of this page; its own settings allow them again."
          : "A notice of the browser, without a sound, while this tab is in the background."}
      </p>
    </Section>
  );
}

function Keys() {
  const isOn = useSingleKeys();
  return (
    <Section title="Keys">
      <Choice
        name="Single keys"
        value={isOn ? "on" : "off"}
        options={ON_OFF}
        onChoose={(next) => setSingleKeys(next === "on")}
      />
      <details>
        <summary>All keys</summary>
        <div className="keys">
          <KeyList />
        </div>
      </details>
    </Section>
  );
}

function Views() {
  const { views, forget } = useSavedViews();
  return (
    <Section title="Saved views">
      {views.length === 0 ? (
        <p className="dim">None yet. A query of the runs list is saved there, beside its views.</p>
      ) : (
        <ul>
          {views.map(({ name, q }) => (
            <li key={name} className="setting">
              <span className="cut">
                {name} <span className="mono small dim">{q}</span>
              </span>
              <Button
                kind="bare"
                isIcon
                title={`Forget ${name}`}
                aria-label={`Forget ${name}`}
                onClick={() => forget(name)}
              >
                <Trash2 className="i s" aria-hidden="true" />
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

const MAY: Readonly<Record<string, string>> = {
  viewer: "sees their own runs",
  operator: "sees their own runs and acts on them",
  admin: "sees all runs and acts on them, recovers and cleans up",
};

function Who() {
  const { id, role, expiresAt } = useSession();
  return (
    <Section title="Signed in">
      <dl className="kv">
        <dt>As</dt>
        <dd>{id}</dd>
        <dt>Role</dt>
        <dd>
          {role}: {MAY[role]}
        </dd>
        <dt>Until</dt>
        <dd>{expiresAt === null ? "you sign out" : instant(expiresAt)}</dd>
      </dl>
      <div className="btns">
        <Button onClick={() => void signOut().then(() => location.reload())}>Sign out</Button>
      </div>
    </Section>
  );
}

interface Document {
  readonly info: { readonly version: string; readonly license: { readonly name: string } };
}

function About() {
  const { data } = useQuery({
    queryKey: ["openapi"],
    queryFn: ({ signal }) => ask<Document>("api/openapi.json", { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Section title="About">
      <dl className="kv">
        <dt>Holdfast</dt>
        <dd>{data === undefined ? "" : `${data.info.version}, ${data.info.license.name}`}</dd>
        <dt>API</dt>
        <dd>
          <a className="link" href="api/docs">
            Addresses and answers
          </a>
          {", "}
          <a className="link" href="api/openapi.json">
            as OpenAPI
          </a>
        </dd>
      </dl>
    </Section>
  );
}

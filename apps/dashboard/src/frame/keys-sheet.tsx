/** All keys, on one sheet. */
import { Dialog } from "../parts/dialog.js";

const SECTIONS: readonly { readonly title: string; readonly keys: readonly (readonly [string, string])[] }[] = [
  {
    title: "Go",
    keys: [
      ["Search and commands", "Ctrl K"],
      ["Query", "/"],
      ["Inbox, runs, errors, compare", "g then i r e c"],
      ["Datasets, system", "g then d s"],
      ["Start a run", "n"],
      ["Next region", "F6"],
    ],
  },
  {
    title: "Lists",
    keys: [
      ["Next, previous row", "j k"],
      ["Open", "Enter"],
      ["Select", "x"],
      ["Select to here", "X"],
      ["Clear, close", "Esc"],
    ],
  },
  {
    title: "A run",
    keys: [
      ["Pause", "p"],
      ["Resume, by its plan", "r"],
      ["Debug", "d"],
      ["Follow events", "f"],
      ["Time or chart as a table", "T"],
      ["Zoom, whole run", "+ − 0"],
      ["Attempt before, after", "[ ]"],
    ],
  },
  {
    title: "The page",
    keys: [
      ["Pause live updates", "l"],
      ["Light or dark", "t"],
      ["These keys", "?"],
    ],
  },
];

/** Some of the keys, or all. */
export function KeyList({ sections = SECTIONS }: { readonly sections?: typeof SECTIONS }) {
  return sections.map(({ title, keys }) => (
    <section key={title}>
      <h3>{title}</h3>
      <dl>
        {keys.map(([name, key]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>
              {key.split(" ").map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  ));
}

export function KeysSheet({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose} className="keys">
      <div className="cols">
        {[SECTIONS.slice(0, 1), SECTIONS.slice(1, 2), SECTIONS.slice(2)].map((column) => (
          <div key={column[0]?.title}>
            <KeyList sections={column} />
          </div>
        ))}
      </div>
    </Dialog>
  );
}

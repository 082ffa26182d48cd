/** Nothing here yet: what this is, and how one sees it work. The page fills by itself when the first run comes. */
import { CopyButton } from "../parts/button.js";

const STEPS = [
  {
    title: "See it hold",
    text: "A worker is killed in the middle of its work, and the run goes on where it was. Half a minute.",
    command: "npm run demo",
  },
  {
    title: "Start a run of yours",
    text: "Workflows are functions in holdfast.config.ts. A worker in this server takes what is queued.",
    command: "holdfast start <workflow>",
  },
  {
    title: "Kill it and look here",
    text: "What was recorded is kept, what was under way is done again, and the page says what it will cost before you resume.",
    command: "holdfast resume @last --plan",
  },
] as const;

export function FirstVisit() {
  return (
    <div className="first-visit">
      <h1>Runs that survive</h1>
      <p className="mid">Nothing has run in this store yet. This page fills by itself when the first run comes.</p>
      <ol className="how">
        {STEPS.map(({ title, text, command }, index) => (
          <li key={title}>
            <span className={index === 0 ? "no on" : "no"}>{index + 1}</span>
            <div>
              <h2>{title}</h2>
              <p>{text}</p>
              <div className="code">
                <span className="p">$ </span>
                {command}
                <CopyButton text={command} label="Copy the command" className="btn bare icon sm copy" />
              </div>
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

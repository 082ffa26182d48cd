/** The query in words, and which of its parts could go. */
import { Button } from "../parts/button.js";
import { parseQuery, textOf, wordOf } from "./run-query.js";

interface NothingMatchesProps {
  readonly q: string;
  readonly onChange: (q: string) => void;
}

export function NothingMatches({ q, onChange }: NothingMatchesProps) {
  const terms = parseQuery(q);
  return (
    <div className="void framed">
      <h2>No run matches {terms.map(wordOf).join(" and ")}</h2>
      <p className="dim">Runs that match appear here by themselves.</p>
      <div className="btns">
        {terms.length < 2
          ? null
          : terms.map((term) => (
              <Button key={wordOf(term)} onClick={() => onChange(textOf(terms.filter((one) => one !== term)))}>
                Drop {wordOf(term)}
              </Button>
            ))}
        <Button kind={terms.length < 2 ? "plain" : "bare"} onClick={() => onChange("")}>
          Clear all
        </Button>
      </div>
    </div>
  );
}

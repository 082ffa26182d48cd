/** The query in words, and which of its parts could go. */
import { parseRunSearch, textOfTerms, wordOfTerm } from "@holdfast/client";
import { Button } from "../parts/button.js";

interface NothingMatchesProps {
  readonly q: string;
  readonly onChange: (q: string) => void;
}

export function NothingMatches({ q, onChange }: NothingMatchesProps) {
  const terms = parseRunSearch(q);
  return (
    <div className="void framed">
      <h2>No run matches {terms.map(wordOfTerm).join(" and ")}</h2>
      <p className="dim">Runs that match appear here by themselves.</p>
      <div className="btns">
        {terms.length < 2
          ? null
          : terms.map((term) => (
              <Button key={wordOfTerm(term)} onClick={() => onChange(textOfTerms(terms.filter((one) => one !== term)))}>
                Drop {wordOfTerm(term)}
              </Button>
            ))}
        <Button kind={terms.length < 2 ? "plain" : "bare"} onClick={() => onChange("")}>
          Clear all
        </Button>
      </div>
    </div>
  );
}

/** Sentences with their scores, as they stand in their documents. */
import { fixed } from "./figures.js";
import type { PartOf } from "./parts.js";

export function QuotesPart({ part: { quotes } }: { readonly part: PartOf<"quotes"> }) {
  return (
    <ul className="sents">
      {quotes.map(({ score, text, from }) => (
        <li key={`${score} ${text}`}>
          <span className="sc">
            {score > 0 ? "+" : ""}
            {fixed(score, 2)}
          </span>
          <span>
            “{text}”
            <br />
            <span className="small dim">{from}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Over a tree: words to find in it, and the path and the value of the active row to copy. */
import { ArrowDown, ArrowUp, Braces, Route } from "lucide-react";
import { useEffect, useState } from "react";
import { Button, CopyButton } from "../parts/button.js";
import { count } from "../words/numbers.js";
import { HITS_MAX, type TreeHit } from "./tree-rows.js";

interface TreeBarProps {
  readonly label: string;
  readonly words: string;
  readonly onWords: (words: string) => void;
  readonly hits: readonly TreeHit[];
  /** Whether the words are not sought yet. */
  readonly isSeeking: boolean;
  readonly activeId: string;
  readonly onHit: (index: number) => void;
  /** Whether there is more than is read at a glance. */
  readonly isSearched: boolean;
  readonly path: string;
  readonly valueText: () => string;
}

export function TreeBar(props: TreeBarProps) {
  const { label, words, onWords, hits, isSeeking, activeId, onHit, isSearched, path, valueText } = props;
  const at = hits.findIndex(({ id }) => id === activeId);
  const step = (by: 1 | -1) => {
    if (hits.length > 0) onHit((at < 0 ? (by > 0 ? 0 : hits.length - 1) : at + by + hits.length) % hits.length);
  };
  // Of who types and presses Enter at once, before a large value is searched.
  const [asked, ask] = useState<1 | -1 | null>(null);
  useEffect(() => {
    if (asked === null || isSeeking) return;
    ask(null);
    step(asked);
  });
  const total = hits.length === HITS_MAX ? `${count(HITS_MAX)}+` : count(hits.length);
  const none = words.trim() === "" ? "Type what to find" : hits.length === 0 ? "Nothing is found" : null;
  return (
    <div className={isSearched ? "tree-bar" : "tree-bar slim"}>
      {isSearched ? (
        <>
          <input
            className="inp"
            type="search"
            aria-label={`Find in ${label}`}
            placeholder="Find"
            spellCheck={false}
            value={words}
            onChange={(event) => onWords(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter") ask(event.shiftKey ? -1 : 1);
              else if (event.key === "Escape" && words !== "") {
                event.stopPropagation();
                onWords("");
              }
            }}
          />
          <span className="dim small" role="status">
            {words.trim() === "" ? "" : at < 0 ? `${total} found` : `${count(at + 1)} of ${total}`}
          </span>
          <Button
            kind="bare"
            size="sm"
            isIcon
            aria-label="Previous find"
            title="Previous (⇧Enter)"
            refusal={none}
            onClick={() => step(-1)}
          >
            <ArrowUp className="i s" aria-hidden="true" />
          </Button>
          <Button
            kind="bare"
            size="sm"
            isIcon
            aria-label="Next find"
            title="Next (Enter)"
            refusal={none}
            onClick={() => step(1)}
          >
            <ArrowDown className="i s" aria-hidden="true" />
          </Button>
        </>
      ) : null}
      <span className="end">
        <span className="mono dim small cut wide-only" title={path}>
          {path}
        </span>
        <CopyButton text={path} label={`Copy the path ${path}`} icon={Route} />
        <CopyButton text={valueText} label={`Copy the value of ${path}`} icon={Braces} />
      </span>
    </div>
  );
}

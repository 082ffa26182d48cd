/** The query of a list as chips before a caret. Backspace selects the last chip, Backspace again takes it away. */

import {
  parseRunSearch,
  SEARCH_KEYS,
  type SearchKnown,
  type SearchTerm,
  searchOfTerms,
  textOfTerms,
  wordOfTerm,
} from "@holdfast/client";
import { ListFilter, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Key } from "../parts/key.js";
import { useKeys } from "../tab/keys.js";

interface Suggestion {
  readonly text: string;
  readonly hint: string;
}

interface QueryBarProps {
  readonly q: string;
  readonly onChange: (q: string) => void;
  /** Values that are known, by key. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly known: SearchKnown;
}

export function QueryBar({ q, onChange, values, known }: QueryBarProps) {
  const terms = parseRunSearch(q);
  const [text, setText] = useState("");
  const [isLastChosen, setLastChosen] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const field = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => field.current?.focus() });
  // Whoever changes the address changes the chips; what is being typed stays.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the query is what it goes by
  useEffect(() => setLastChosen(false), [q]);

  const suggestions = isOpen ? suggest(text, values, known.fields ?? []) : [];
  const problem = searchOfTerms([...terms, ...parseRunSearch(/[:<>"]$/.test(text) ? "" : text)], known).problem;
  const add = (word: string) => {
    const added = parseRunSearch(word);
    if (searchOfTerms([...terms, ...added], known).problem !== null) return;
    onChange(textOfTerms([...terms.filter((term) => !replaces(added, term)), ...added]));
    setText("");
    setAt(-1);
  };
  const choose = ({ text: word }: Suggestion) => (word.endsWith(":") ? setText(word) : add(word));
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const chosen = suggestions[at];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setAt((was) => (suggestions.length === 0 ? -1 : (was + step + suggestions.length) % suggestions.length));
    } else if ((event.key === "Enter" || event.key === "Tab") && chosen !== undefined) {
      event.preventDefault();
      choose(chosen);
    } else if ((event.key === "Enter" || (event.key === " " && !isInQuotes(text))) && text.trim() !== "") {
      event.preventDefault();
      add(text.trim());
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (text === "") field.current?.blur();
      setText("");
      setOpen(false);
    } else if (event.key === "Backspace" && text === "" && terms.length > 0) {
      if (isLastChosen) onChange(textOfTerms(terms.slice(0, -1)));
      else setLastChosen(true);
      return;
    }
    setLastChosen(false);
  };

  return (
    <search className="field">
      <ListFilter className="i s" aria-hidden="true" />
      {terms.map((term, index) => (
        <Chip
          key={wordOfTerm(term)}
          term={term}
          isChosen={isLastChosen && index === terms.length - 1}
          onRemove={() => onChange(textOfTerms(terms.filter((other) => other !== term)))}
        />
      ))}
      <input
        ref={field}
        className="query-text"
        role="combobox"
        aria-label="Filter runs"
        aria-expanded={suggestions.length > 0}
        aria-controls="query-words"
        aria-activedescendant={at >= 0 ? `query-word-${at}` : undefined}
        aria-autocomplete="list"
        aria-invalid={problem !== null || undefined}
        autoComplete="off"
        spellCheck={false}
        value={text}
        placeholder={terms.length === 0 ? "status:failed workflow:… run id …" : ""}
        onChange={(event) => {
          setText(event.target.value);
          setAt(-1);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      {problem === null || text === "" ? (
        <Key>/</Key>
      ) : (
        <span className="c-fail small cut" role="alert">
          {problem}
        </span>
      )}
      {suggestions.length === 0 ? null : (
        <div className="menu suggest" id="query-words" role="listbox" aria-label="What can be asked for">
          {suggestions.map((one, index) => (
            <div
              key={one.text}
              id={`query-word-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              className="menu-item"
              // Before the blur that closes the list.
              onMouseDown={(event) => {
                event.preventDefault();
                choose(one);
              }}
            >
              <span className="mono">{one.text}</span>
              <span className="dim small">{one.hint}</span>
            </div>
          ))}
        </div>
      )}
    </search>
  );
}

interface ChipProps {
  readonly term: SearchTerm;
  readonly isChosen: boolean;
  readonly onRemove: () => void;
}

function Chip({ term, isChosen, onRemove }: ChipProps) {
  const { key, value, isExcluded } = term;
  return (
    <span className={isChosen ? "qchip is-focus" : "qchip"}>
      <b>
        {isExcluded ? "-" : ""}
        {key}:
      </b>
      <span>{value}</span>
      <button type="button" aria-label={`Remove ${wordOfTerm(term)}`} onClick={onRemove}>
        <X className="i" aria-hidden="true" />
      </button>
    </span>
  );
}

/** Of `owner:"ana b`, whose quotes are open. */
const isInQuotes = (text: string) => text.split('"').length % 2 === 0;

/** They have two ends. */
const RANGES = ["started", "cost"];
/** One value a key, but for what is left out, and the two ends of a time or an amount. */
const replaces = (added: readonly SearchTerm[], { key, value, isExcluded }: SearchTerm) =>
  !isExcluded &&
  added.some((one) => one.key === key && !one.isExcluded && (!RANGES.includes(key) || one.value[0] === value[0]));

const SUGGESTED_MAX = 8;

function suggest(text: string, known: QueryBarProps["values"], fields: readonly string[]): readonly Suggestion[] {
  const word = text.replace(/^[-!]/, "");
  const sign = text === word ? "" : "-";
  const at = word.indexOf(":");
  if (at < 0) {
    const all = [...Object.entries(SEARCH_KEYS), ...fields.map((field) => [field, "a value of the input"] as const)];
    const keys = all.filter(([key]) => key.startsWith(word));
    return keys.map(([key, hint]) => ({ text: `${sign}${key}:`, hint }));
  }
  const key = word.slice(0, at);
  const begun = word.slice(at + 1);
  const values = FIXED[key] ?? known[key] ?? [];
  return values
    .filter((value) => value.toLowerCase().startsWith(begun.replace(/^"/, "").toLowerCase()))
    .slice(0, SUGGESTED_MAX)
    .map((value) => ({ text: wordOfTerm({ key, value, isExcluded: sign !== "" }), hint: "" }));
}

const FIXED: Readonly<Record<string, readonly string[]>> = {
  status: (SEARCH_KEYS.status ?? "").split(", "),
  resumable: ["true"],
  started: [">1h", ">24h", ">7d", "<7d"],
  cost: [">1", ">10", "<1"],
};

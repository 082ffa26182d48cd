/**
 * JSON as a tree, an own line a value: text is text, numbers that no double holds stay as they were written, and what is large is
 * opened part by part, so that a document of megabytes costs what is looked at.
 */
import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import { ExactNumber } from "../api/exact-json.js";
import { count } from "../words/numbers.js";

/** Members shown at once; the rest by a press. */
const SHOWN = 100;
/** Longer texts are opened. */
const TEXT_MAX = 200;
const DEPTH_OPEN = 2;

interface JsonTreeProps {
  readonly value: unknown;
  readonly label: string;
}

export function JsonTree({ value, label }: JsonTreeProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a list of named parts
    <div className="tree" role="group" aria-label={label}>
      <ul className="root">
        <Node name={null} value={value} depth={0} />
      </ul>
    </div>
  );
}

interface NodeProps {
  readonly name: string | null;
  readonly value: unknown;
  readonly depth: number;
}

function Node({ name, value, depth }: NodeProps) {
  const isHolder = typeof value === "object" && value !== null && !(value instanceof ExactNumber);
  const size = isHolder ? Object.keys(value).length : 0;
  const [isOpen, setOpen] = useState(depth < DEPTH_OPEN && size <= SHOWN);
  const [shown, setShown] = useState(SHOWN);
  if (!isHolder) {
    return (
      <li>
        {name === null ? null : <span className="k">{name}: </span>}
        <Leaf value={value} />
      </li>
    );
  }
  const isList = Array.isArray(value);
  const brackets = isList ? `[${count(size)}]` : `{${count(size)}}`;
  const members = Object.entries(value);
  const Chevron = isOpen ? ChevronDown : ChevronRight;
  return (
    <li>
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Chevron className="i" aria-hidden="true" /> {name === null ? null : <span className="k">{name} </span>}
        <span className="t">{brackets}</span>
      </button>
      {isOpen ? (
        <ul>
          {members.slice(0, shown).map(([key, member]) => (
            <Node key={key} name={key} value={member} depth={depth + 1} />
          ))}
          {size > shown ? (
            <li>
              <button type="button" className="link" onClick={() => setShown(shown + SHOWN * 5)}>
                {count(size - shown)} more
              </button>
            </li>
          ) : null}
        </ul>
      ) : null}
    </li>
  );
}

function Leaf({ value }: { readonly value: unknown }) {
  const [isWhole, setWhole] = useState(false);
  if (value instanceof ExactNumber) return <span className="nn">{value.text}</span>;
  if (typeof value === "number") return <span className="nn">{String(value)}</span>;
  if (typeof value !== "string") return <span className="t">{String(value)}</span>;
  const isLong = value.length > TEXT_MAX;
  return (
    <>
      <span className={isWhole ? "s whole" : "s"}>"{isLong && !isWhole ? `${value.slice(0, TEXT_MAX)}…` : value}"</span>
      {isLong ? (
        <button type="button" className="link" onClick={() => setWhole(!isWhole)}>
          {isWhole ? "less" : `all ${count(value.length)} characters`}
        </button>
      ) : null}
    </>
  );
}

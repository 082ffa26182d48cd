/** Remarks: what limits the result before what is merely told. */
import { CircleAlert, CircleDashed, CircleSlash, Info, type LucideIcon, TriangleAlert } from "lucide-react";
import type { PartOf } from "./parts.js";

type Tone = PartOf<"notes">["notes"][number]["tone"];

const ICONS: Readonly<Record<Tone, LucideIcon>> = {
  warning: TriangleAlert,
  info: Info,
  thin: CircleDashed,
  refused: CircleSlash,
};
/** For those who do not see the icon. */
const WORDS: Readonly<Record<Tone, string>> = { warning: "Warning", info: "Note", thin: "Thin", refused: "Refused" };

export function NotesPart({ part: { notes, title } }: { readonly part: PartOf<"notes"> }) {
  return (
    <ul className="warns" aria-label={title ?? "Remarks"}>
      {notes.map(({ tone, label, text }) => {
        // A warning with words of its own is an open question rather than a danger.
        const Icon = tone === "warning" && label !== undefined ? CircleAlert : ICONS[tone];
        return (
          <li key={`${tone} ${label} ${text}`} className={tone === "warning" ? "w" : ""}>
            <Icon className="i s" aria-hidden="true" />
            <span>
              {label === undefined ? <span className="vh">{WORDS[tone]}: </span> : <b>{label} </b>}
              {text}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

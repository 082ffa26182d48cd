/** Buttons, and the copy of something: one primary a view, an ellipsis where the consequence is shown first. */

import { Check, Copy, type LucideIcon } from "lucide-react";
import { type ComponentProps, type ReactNode, useState } from "react";
import { Key } from "./key.js";

type Kind = "plain" | "pri" | "bare" | "danger";

export interface ButtonProps extends Omit<ComponentProps<"button">, "className"> {
  readonly kind?: Kind;
  readonly size?: "sm" | "lg" | undefined;
  readonly isIcon?: boolean;
  /** The key that does the same. */
  readonly hint?: string | undefined;
  /** Why it cannot be pressed now; it stays reachable, so that one can learn it. */
  readonly refusal?: string | null | undefined;
}

export function Button({ kind = "plain", size, isIcon, hint, refusal, children, onClick, ...rest }: ButtonProps) {
  const classes = ["btn", kind === "plain" ? "" : kind, size ?? "", isIcon ? "icon" : ""].filter(Boolean).join(" ");
  const isRefused = refusal !== null && refusal !== undefined;
  return (
    <button
      type="button"
      className={classes}
      aria-disabled={isRefused || undefined}
      title={isRefused ? refusal : rest.title}
      onClick={isRefused ? undefined : onClick}
      {...(hint === undefined ? {} : { "aria-keyshortcuts": hint })}
      {...rest}
      {...(isRefused ? { onClick: undefined, title: refusal } : {})}
    >
      {children}
      {hint === undefined ? null : <Key>{hint}</Key>}
    </button>
  );
}

interface CopyProps {
  /** What is copied; a function where it costs something to say. */
  readonly text: string | (() => string);
  readonly label: string;
  readonly icon?: LucideIcon;
  readonly children?: ReactNode;
  readonly className?: string;
}

/** How long the check is shown. */
const DONE_MS = 1_500;

export function CopyButton({ text, label, icon: Icon = Copy, children, className = "btn bare icon sm" }: CopyProps) {
  const [isDone, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === "string" ? text : text());
    setDone(true);
    setTimeout(() => setDone(false), DONE_MS);
  };
  return (
    <button type="button" className={className} title={label} aria-label={label} onClick={() => void copy()}>
      {isDone ? <Check className="i s" aria-hidden="true" /> : <Icon className="i s" aria-hidden="true" />}
      {children}
    </button>
  );
}

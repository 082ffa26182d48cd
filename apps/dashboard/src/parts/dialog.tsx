/**
 * A dialog over the page: the focus stays in it and returns when it is closed, Esc closes it. Where the focus came from an item of
 * a menu that is gone by then, it returns to what opened the menu.
 */
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useState } from "react";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly className?: string;
  /** The title is there for who cannot see the dialog; others see what it is. */
  readonly isTitleHidden?: boolean;
}

/** Read before the dialog takes the focus: an element, or the button of the menu in which it is. */
function opener(): HTMLElement | null {
  const at = document.activeElement;
  const menu = at?.closest("[role=menu]");
  const trigger = menu === null || menu === undefined ? null : menu.getAttribute("aria-labelledby");
  return trigger === null ? (at as HTMLElement | null) : document.getElementById(trigger);
}

export function Dialog({ title, onClose, children, className = "", isTitleHidden = false }: DialogProps) {
  const [openedFrom] = useState(opener);
  const giveBack = (event: Event) => {
    if (openedFrom === null || !openedFrom.isConnected) return;
    event.preventDefault();
    openedFrom.focus();
  };
  return (
    <Radix.Root open onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}>
      <Radix.Portal>
        <Radix.Overlay className="scrim">
          <Radix.Content className={`dialog ${className}`} aria-describedby={undefined} onCloseAutoFocus={giveBack}>
            {isTitleHidden ? (
              <Radix.Title className="vh">{title}</Radix.Title>
            ) : (
              <div className="dhead">
                <Radix.Title asChild>
                  <h2>{title}</h2>
                </Radix.Title>
                <Radix.Close className="btn bare icon sm end" aria-label="Close" title="Close (Esc)">
                  <X className="i s" aria-hidden="true" />
                </Radix.Close>
              </div>
            )}
            {children}
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  );
}

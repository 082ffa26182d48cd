/** A dialog over the page: the focus stays in it and returns when it is closed, Esc closes it. */
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly className?: string;
  /** The title is there for who cannot see the dialog; others see what it is. */
  readonly isTitleHidden?: boolean;
}

export function Dialog({ title, onClose, children, className = "", isTitleHidden = false }: DialogProps) {
  return (
    <Radix.Root open onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}>
      <Radix.Portal>
        <Radix.Overlay className="scrim">
          <Radix.Content className={`dialog ${className}`} aria-describedby={undefined}>
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

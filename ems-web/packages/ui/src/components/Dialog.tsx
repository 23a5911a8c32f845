import { type ReactNode, useId, useLayoutEffect, useRef } from "react";

export interface DialogProps {
  title: string;
  children: ReactNode;
  /** Buttons. */
  foot?: ReactNode;
  onClose: () => void;
  /** False: Escape does not close it. */
  canDismiss?: boolean;
}

/** A modal dialog; the browser keeps the focus inside and gives it back. */
export function Dialog({ title, children, foot, onClose, canDismiss = true }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  // A layout effect: it ends while the dialog is still on the page; one that is gone gives no focus back.
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (dialog && !dialog.open) {
      dialog.showModal();
      // What has the focus may be the button at its end; it is read from its start.
      dialog.scrollTop = 0;
    }
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      className="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (canDismiss) onClose();
      }}
    >
      <div className="dialog__head">
        <h2 id={id}>{title}</h2>
      </div>
      <div className="dialog__body">{children}</div>
      {foot && <div className="dialog__foot">{foot}</div>}
    </dialog>
  );
}

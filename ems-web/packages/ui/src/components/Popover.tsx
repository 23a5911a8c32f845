import { type ReactNode, type RefObject, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";

interface Place {
  top: number;
  left: number;
}

const GAP = 6;
const EDGE = 8;

function place(anchor: HTMLElement, panel: HTMLElement): Place {
  const from = anchor.getBoundingClientRect();
  const size = panel.getBoundingClientRect();
  const isRtl = document.documentElement.dir === "rtl";
  const wanted = isRtl ? from.right - size.width : from.left;
  const left = Math.max(EDGE, Math.min(wanted, window.innerWidth - size.width - EDGE));
  const below = from.bottom + GAP;
  const top =
    below + size.height > window.innerHeight - EDGE
      ? Math.max(EDGE, window.innerHeight - size.height - EDGE)
      : below;
  return { top, left };
}

/** Close on a press outside of the panel and its button, and on Escape; focus goes back to the button. */
function useDismiss(
  isOpen: boolean,
  close: () => void,
  anchor: RefObject<HTMLElement | null>,
  panel: RefObject<HTMLElement | null>,
): void {
  useEffect(() => {
    if (!isOpen) return;
    const onPress = (event: PointerEvent) => {
      const target = event.target as Node;
      if (!panel.current?.contains(target) && !anchor.current?.contains(target)) close();
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
      anchor.current?.focus();
    };
    document.addEventListener("pointerdown", onPress, true);
    document.addEventListener("keydown", onKey, true);
    return () => {
      document.removeEventListener("pointerdown", onPress, true);
      document.removeEventListener("keydown", onKey, true);
    };
  }, [isOpen, close, anchor, panel]);
}

export interface PopoverProps {
  /** Name of the panel. */
  label: string;
  button: (props: {
    ref: RefObject<HTMLButtonElement | null>;
    onClick: () => void;
    "aria-expanded": boolean;
    "aria-haspopup": "dialog";
    "aria-controls": string;
  }) => ReactNode;
  children: (close: () => void) => ReactNode;
  width?: number;
}

/** A panel below a button; a sheet from the bottom on a phone. */
export function Popover({ label, button, children, width }: PopoverProps) {
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState<Place>({ top: 0, left: 0 });
  const anchor = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const id = useId();
  const [close] = useState(() => () => setOpen(false));
  // Whoever chose something inside goes on from where the panel was opened; whoever pressed elsewhere is there.
  const [finish] = useState(() => () => {
    close();
    anchor.current?.focus({ preventScroll: true });
  });
  useDismiss(isOpen, close, anchor, panel);

  useLayoutEffect(() => {
    if (!isOpen || !anchor.current || !panel.current) return;
    setAt(place(anchor.current, panel.current));
    const first = panel.current.querySelector<HTMLElement>(
      "[data-autofocus], input, button, a, [tabindex='0']",
    );
    first?.focus({ preventScroll: true });
  }, [isOpen]);

  return (
    <>
      {button({
        ref: anchor,
        onClick: () => setOpen(!isOpen),
        "aria-expanded": isOpen,
        "aria-haspopup": "dialog",
        "aria-controls": id,
      })}
      {isOpen &&
        createPortal(
          <>
            <div className="pop-scrim" />
            <div
              ref={panel}
              id={id}
              role="dialog"
              aria-label={label}
              className="pop pop--sheet"
              style={{ top: at.top, left: at.left, width }}
            >
              {children(finish)}
            </div>
          </>,
          document.body,
        )}
    </>
  );
}

import type { ReactNode } from "react";

/** A part of a page that scrolls by itself, by keyboard as well; screen readers call it by its label. */
export function ScrollRegion(props: { label: string; className: string; children: ReactNode }) {
  return (
    <section
      className={props.className}
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
    >
      {props.children}
    </section>
  );
}

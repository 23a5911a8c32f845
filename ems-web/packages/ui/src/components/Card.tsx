import { type ReactNode, useId } from "react";

export interface CardProps {
  title?: ReactNode;
  sub?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** Old data is shown while new loads. */
  busy?: boolean;
  flush?: boolean;
  className?: string;
  /** Columns of twelve. */
  span?: 3 | 4 | 6 | 8 | 9 | 12;
}

/** A titled region of a page. */
export function Card({ title, sub, actions, children, busy, flush, className = "", span }: CardProps) {
  const id = useId();
  const spanClass = span ? `span-${span}` : "";
  return (
    <section
      className={`card ${spanClass} ${className}`}
      aria-labelledby={title ? id : undefined}
      aria-busy={busy || undefined}
    >
      {title && (
        <header className="card__head">
          <h2 className="card__title" id={id}>
            {title} {sub && <span className="card__sub">{sub}</span>}
          </h2>
          {actions}
        </header>
      )}
      <div className={`card__body ${flush ? "card__body--flush" : ""}`}>{children}</div>
    </section>
  );
}

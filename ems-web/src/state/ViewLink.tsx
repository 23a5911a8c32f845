import type { ReactNode } from "react";
import { Link, useLocation } from "react-router";
import { useView } from "./view";

export interface ViewLinkProps {
  to: string;
  /** Further members of the address. */
  extra?: Record<string, string | number>;
  className?: string;
  children: ReactNode;
  title?: string;
  /** Whether it is marked as where the reader is; by default on its own page. */
  isActive?: boolean;
}

/** The address of a page with the present place and period. */
export function useViewPath(): (to: string, extra?: Record<string, string | number>) => string {
  const { search } = useView();
  return (to, extra) => {
    if (!extra) return to + search;
    const params = new URLSearchParams(search);
    for (const [key, value] of Object.entries(extra)) params.set(key, String(value));
    return params.size > 0 ? `${to}?${params}` : to;
  };
}

/** A link that takes the place and the period along. */
export function ViewLink({ to, extra, className = "", children, title, isActive }: ViewLinkProps) {
  const path = useViewPath();
  const isHere = useLocation().pathname === to;
  return (
    <Link
      to={path(to, extra)}
      className={(isActive ?? isHere) ? `${className} active` : className}
      aria-current={isHere ? "page" : undefined}
      title={title}
    >
      {children}
    </Link>
  );
}

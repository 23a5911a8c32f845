import type { ReactNode } from "react";
import { NavLink, useSearchParams } from "react-router";
import { viewSearch } from "./view";

export interface ViewLinkProps {
  to: string;
  /** Further members of the address. */
  extra?: Record<string, string | number>;
  className?: string;
  children: ReactNode;
  end?: boolean;
  title?: string;
}

/** The address of a page with the present place and period. */
export function useViewPath(): (to: string, extra?: Record<string, string | number>) => string {
  const [params] = useSearchParams();
  return (to, extra = {}) => {
    const search = new URLSearchParams(viewSearch(params));
    for (const [key, value] of Object.entries(extra)) search.set(key, String(value));
    return search.size > 0 ? `${to}?${search}` : to;
  };
}

/** A link that takes the place and the period along. */
export function ViewLink({ to, extra, className, children, end, title }: ViewLinkProps) {
  const path = useViewPath();
  return (
    <NavLink to={path(to, extra)} className={className} end={end} title={title}>
      {children}
    </NavLink>
  );
}

import type { ReactNode } from "react";
import { useTitle } from "./useTitle";

export interface PageProps {
  title: string;
  sub?: ReactNode;
  tools?: ReactNode;
  children: ReactNode;
}

/** Frame of a page: its name, what it is for, what can be done. */
export function Page({ title, sub, tools, children }: PageProps) {
  useTitle(title);
  return (
    <div className="page">
      <div className="page__head">
        <div>
          <h1>{title}</h1>
          {sub && <p className="page__sub">{sub}</p>}
        </div>
        {tools && <div className="page__tools">{tools}</div>}
      </div>
      {children}
    </div>
  );
}

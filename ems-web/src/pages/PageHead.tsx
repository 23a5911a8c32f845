import type { ReactNode } from "react";
import { useTitle } from "./useTitle";

export interface PageHeadProps {
  title: string;
  /** The question that the page answers. */
  question?: ReactNode;
  tools?: ReactNode;
}

/** Title, question and tools of a page; the title is the document's as well. */
export function PageHead({ title, question, tools }: PageHeadProps) {
  useTitle(title);
  return (
    <div className="page__head">
      <div>
        <h1>{title}</h1>
        {question && <p className="page__sub">{question}</p>}
      </div>
      {tools && <div className="page__tools">{tools}</div>}
    </div>
  );
}

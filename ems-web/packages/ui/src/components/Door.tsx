import type { ReactNode } from "react";
import { Brand } from "./Brand";
import { LanguageSelect } from "./LanguageSelect";

export interface DoorProps {
  title: string;
  text?: string;
  children: ReactNode;
  foot?: ReactNode;
}

/** Frame of the pages before one is in: sign-in, registration, forgotten password. */
export function Door({ title, text, children, foot }: DoorProps) {
  return (
    <div className="signin">
      <div className="signin__top">
        <Brand />
        <LanguageSelect />
      </div>
      <main className="signin__main">
        <div className="signin__card">
          <div>
            <h1>{title}</h1>
            {text && <p className="muted">{text}</p>}
          </div>
          {children}
        </div>
      </main>
      <div className="signin__foot">{foot}</div>
    </div>
  );
}

import { type ReactNode, useId } from "react";

export interface LabelledFieldProps {
  label: string;
  help?: string;
  error?: string;
  children: (props: { id: string }) => ReactNode;
}

/** An input with its name above it, outside of a form of a resource. */
export function LabelledField({ label, help, error, children }: LabelledFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label className="field__label" htmlFor={id}>
        {label}
      </label>
      {children({ id })}
      {help && <span className="muted field__help">{help}</span>}
      {error && <span className="field__error">{error}</span>}
    </div>
  );
}

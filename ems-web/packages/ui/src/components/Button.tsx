import type { ButtonHTMLAttributes, ReactNode } from "react";

type Tone = "plain" | "primary" | "quiet" | "danger";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  tone?: Tone;
  small?: boolean;
  icon?: ReactNode;
}

/** A button with text. */
export function Button({ tone = "plain", small, icon, className = "", children, ...rest }: ButtonProps) {
  const classes = `btn ${tone === "plain" ? "" : `btn--${tone}`} ${small ? "btn--small" : ""} ${className}`;
  return (
    <button type="button" className={classes} {...rest}>
      {icon}
      {children}
    </button>
  );
}

export interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** Name for assistive technology and the tooltip. */
  label: string;
  icon: ReactNode;
}

/** A button that shows only an icon, but always has a name. */
export function IconButton({ label, icon, className = "", ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      className={`btn btn--quiet btn--icon ${className}`}
      aria-label={label}
      title={label}
      {...rest}
    >
      {icon}
    </button>
  );
}

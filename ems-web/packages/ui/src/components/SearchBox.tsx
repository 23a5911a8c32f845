import { Search } from "lucide-react";

export interface SearchBoxProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  className?: string;
}

/** A search among what the page lists. */
export function SearchBox({ label, value, onChange, className = "" }: SearchBoxProps) {
  return (
    <div className={`search search--boxed ${className}`}>
      <Search size={16} aria-hidden="true" />
      <input
        type="search"
        className="search__input"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}

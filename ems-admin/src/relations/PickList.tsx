import { Skeleton } from "@ems/ui";
import { Search } from "lucide-react";
import { type KeyboardEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

export interface PickItem {
  id: string;
  name: string;
  note: string;
}

export interface PickListProps {
  title: string;
  items: readonly PickItem[];
  selected: ReadonlySet<string>;
  onSelect: (ids: ReadonlySet<string>) => void;
  /** Enter or a double click moves at once. */
  onEnter: (ids: readonly string[]) => void;
  disabled: boolean;
  /** The items are still on their way: an empty list would say that there are none. */
  isLoading?: boolean;
}

const MOST_SHOWN = 400;

/** A list of which any number can be picked: arrows move, space picks, Ctrl-A picks all, Enter moves over. */
export function PickList({ title, items, selected, onSelect, onEnter, disabled, isLoading }: PickListProps) {
  const { t } = useTranslation();
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [filter, setFilter] = useState("");
  const [at, setAt] = useState(0);
  const words = filter.trim().toLowerCase();
  const matching = items.filter((item) => item.name.toLowerCase().includes(words));
  const found = matching.slice(0, MOST_SHOWN);
  const active = Math.min(at, found.length - 1);

  const toggle = (itemId: string) => {
    const next = new Set(selected);
    if (next.has(itemId)) next.delete(itemId);
    else next.add(itemId);
    onSelect(next);
  };
  const move = (to: number) => {
    const next = Math.max(0, Math.min(found.length - 1, to));
    setAt(next);
    list.current?.querySelectorAll('[role="option"]')[next]?.scrollIntoView({ block: "nearest" });
  };
  const pickAll = () => onSelect(new Set(found.map((item) => item.id)));
  const onKey = (event: KeyboardEvent) => {
    const here = found[active];
    if (!here || disabled) return;
    const isAll = event.key === "a" && (event.ctrlKey || event.metaKey);
    const actions = new Map<string, () => void>([
      ["ArrowDown", () => move(active + 1)],
      ["ArrowUp", () => move(active - 1)],
      ["Home", () => move(0)],
      ["End", () => move(found.length - 1)],
      [" ", () => toggle(here.id)],
      ["Enter", () => onEnter(selected.size > 0 ? [...selected] : [here.id])],
    ]);
    const action = isAll ? pickAll : actions.get(event.key);
    if (!action) return;
    event.preventDefault();
    action();
  };

  return (
    <div className="pick">
      <h2 className="pick__title" id={id}>
        {title} {!isLoading && <span className="badge">{items.length}</span>}
      </h2>
      <div className="search">
        <Search size={16} aria-hidden="true" />
        <input
          type="search"
          className="search__input"
          aria-label={t("bind.search", { list: title })}
          placeholder={t("action.search")}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      </div>
      <div
        ref={list}
        className="pick__list"
        role="listbox"
        aria-labelledby={id}
        aria-multiselectable="true"
        aria-busy={isLoading || undefined}
        aria-activedescendant={found[active] ? `${id}-${found[active].id}` : undefined}
        tabIndex={0}
        onKeyDown={onKey}
      >
        {found.map((item, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox handles the keys of all its options
          <div
            key={item.id}
            id={`${id}-${item.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={selected.has(item.id)}
            data-active={i === active || undefined}
            className="pick__item"
            onClick={() => {
              if (disabled) return;
              setAt(i);
              toggle(item.id);
            }}
            onDoubleClick={() => {
              if (!disabled) onEnter([item.id]);
            }}
          >
            <span className="pick__box" aria-hidden="true" />
            <span className="pick__name">{item.name}</span>
            {item.note && <span className="badge">{item.note}</span>}
          </div>
        ))}
        {isLoading && <Skeleton height={160} />}
        {found.length === 0 && !isLoading && (
          <p className="muted pad">{words ? t("list.noMatch") : t("bind.nothing")}</p>
        )}
      </div>
      {matching.length > found.length && (
        <p className="muted pick__more">{t("bind.more", { count: matching.length - found.length })}</p>
      )}
    </div>
  );
}

import { Popover } from "@ems/ui";
import { Check, ChevronDown, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { EntityKind } from "../declarations";

/** Something that can be chosen from a list. */
export interface EntityItem {
  id: number;
  name: string;
}

/** Most names drawn at once; the search narrows the rest. */
const MOST_SHOWN = 200;

export interface ItemPickerProps {
  label: string;
  items: readonly EntityItem[];
  id: number | null;
  onChoose: (id: number) => void;
}

/** One of many by name, with a search. */
export function ItemPicker({ label, items, id, onChoose }: ItemPickerProps) {
  const { t } = useTranslation();
  const [filter, setFilter] = useState("");
  const chosen = items.find((item) => item.id === id);
  const text = filter.trim().toLowerCase();
  const found = items.filter((item) => item.name.toLowerCase().includes(text)).slice(0, MOST_SHOWN);
  return (
    <Popover
      label={label}
      width={320}
      button={(props) => (
        <button type="button" className="btn picker" disabled={items.length === 0} title={label} {...props}>
          <span className="picker__text">{chosen?.name ?? (id === null ? "–" : `#${id}`)}</span>
          <ChevronDown size={14} aria-hidden="true" />
        </button>
      )}
    >
      {(close) => (
        <div>
          <div className="search">
            <Search size={16} aria-hidden="true" />
            <input
              type="search"
              className="search__input"
              aria-label={t("action.search")}
              placeholder={t("action.search")}
              value={filter}
              onChange={(event) => setFilter(event.target.value)}
            />
          </div>
          <ul className="menu">
            {found.map((item) => (
              <li key={item.id}>
                <button
                  type="button"
                  className="menu__item"
                  aria-current={item.id === id}
                  onClick={() => {
                    onChoose(item.id);
                    setFilter("");
                    close();
                  }}
                >
                  {item.name}
                  {item.id === id && (
                    <span className="menu__hint" aria-hidden="true">
                      <Check size={14} />
                    </span>
                  )}
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Popover>
  );
}

export interface EntityKindSelectProps {
  kinds: readonly EntityKind[];
  kind: EntityKind;
  onChoose: (kind: EntityKind) => void;
}

/** Which kind of entity. */
export function EntityKindSelect({ kinds, kind, onChoose }: EntityKindSelectProps) {
  const { t } = useTranslation();
  return (
    <label className="select">
      <span className="vh">{t("entity.choose")}</span>
      <select
        className="select-plain"
        value={kind}
        onChange={(event) => {
          const next = kinds.find((one) => one === event.target.value);
          if (next) onChoose(next);
        }}
      >
        {kinds.map((one) => (
          <option key={one} value={one}>
            {t(`entity.${one}.name`)}
          </option>
        ))}
      </select>
    </label>
  );
}

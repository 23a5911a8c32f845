import { Dialog } from "@ems/ui";
import { Building2, CircleGauge, Search } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useMayOpen } from "../state/rights";
import { listSpaces, useSpaceTree } from "../state/spaces";
import { useApi } from "../state/useApi";
import { useViewPath } from "../state/ViewLink";
import { ALL_PLACES } from "./navigation";

interface Entry {
  key: string;
  name: string;
  hint: string;
  icon: ReactNode;
  to: string;
}

const MOST_SHOWN = 12;

interface FoundMeter {
  id: number;
  name: string;
  energy_category: { name: string } | null;
}

const METERS_STALE_MS = 300_000;

/** All meters that the user may see: a few thousand names, asked for once. */
function useMeterEntries(isEnabled: boolean): Entry[] {
  const path = useViewPath();
  const { data } = useApi<FoundMeter[]>(
    "/v1/meters",
    { fields: "id,name,energy_category", limit: 1000 },
    { staleMs: METERS_STALE_MS, isEnabled },
  );
  return (data ?? []).map((meter) => ({
    key: `meter-${meter.id}`,
    name: meter.name,
    hint: meter.energy_category?.name ?? "",
    icon: <CircleGauge size={18} />,
    to: path(`/meters/${meter.id}`),
  }));
}

function useEntries(): Entry[] {
  const { t } = useTranslation();
  const tree = useSpaceTree();
  const path = useViewPath();
  const mayOpen = useMayOpen();
  const meters = useMeterEntries(mayOpen("/meters"));
  return [
    ...ALL_PLACES.filter((place) => mayOpen(place.to)).map((place) => ({
      key: place.to,
      name: t(place.key),
      hint: t("palette.page"),
      icon: place.icon,
      to: path(place.to),
    })),
    ...(tree.data ? listSpaces(tree.data) : []).map(({ space, trail }) => ({
      key: `space-${space.id}`,
      name: space.name,
      hint: trail.slice(-2).join(" › ") || t("palette.space"),
      icon: <Building2 size={18} />,
      to: path("/report/space/energycategory", { space: space.id }),
    })),
    ...meters,
  ];
}

/** Jump to a page or a space by typing part of its name. */
export function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const entries = useEntries();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const listId = useId();
  const words = text.trim().toLowerCase();
  const found = useMemo(
    () =>
      entries
        .filter((entry) => words.split(/\s+/).every((word) => entry.name.toLowerCase().includes(word)))
        .slice(0, MOST_SHOWN),
    [entries, words],
  );
  const go = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    void navigate(entry.to);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(found.length - 1, at + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
    else if (event.key === "Enter") go(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t("palette.title")} onClose={onClose}>
      <div className="search search--boxed">
        <Search size={16} aria-hidden="true" />
        <input
          className="search__input"
          type="search"
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={found[at] ? `${listId}-${at}` : undefined}
          aria-label={t("palette.title")}
          placeholder={t("palette.hint")}
          autoFocus
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKey}
        />
      </div>
      <div className="palette" id={listId} role="listbox" aria-label={t("palette.title")} tabIndex={-1}>
        {found.map((entry, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input above has the keys
          <div
            key={entry.key}
            id={`${listId}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === at}
            data-active={i === at}
            className="menu__item"
            onClick={() => go(entry)}
            onPointerMove={() => setAt(i)}
          >
            {entry.icon}
            <span>{entry.name}</span>
            <span className="menu__hint">{entry.hint}</span>
          </div>
        ))}
        {found.length === 0 && <p className="muted palette__none">{t("palette.none")}</p>}
      </div>
    </Dialog>
  );
}

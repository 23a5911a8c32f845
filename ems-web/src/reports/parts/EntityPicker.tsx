import { api, Popover } from "@ems/ui";
import { useQuery } from "@tanstack/react-query";
import { Check, ChevronDown, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { useViewPath } from "../../state/ViewLink";
import { useView } from "../../state/view";
import { type EntityDeclaration, type EntityKind, findEntity, type ReportDeclaration } from "../declarations";

export interface EntityItem {
  id: number;
  name: string;
}

/** Which entity the report is about, and how far that is known. */
export type Selection =
  | { state: "loading"; items: readonly EntityItem[] }
  | { state: "error"; items: readonly EntityItem[]; error: unknown; retry: () => void }
  | { state: "empty"; items: readonly EntityItem[] }
  | { state: "chosen"; items: readonly EntityItem[]; id: number };

/** The entity in the address; the first one of the space when none is named. */
export function useEntity(entity: EntityDeclaration): Selection {
  const [params] = useSearchParams();
  const { spaceId } = useView();
  const isSpace = entity.collection === "";
  const query = useQuery({
    queryKey: ["spaces", spaceId, entity.collection],
    enabled: !isSpace && spaceId !== null,
    staleTime: 60_000,
    queryFn: ({ signal }) => api.get<EntityItem[]>(`/spaces/${spaceId}/${entity.collection}`, { signal }),
  });
  if (isSpace) {
    return spaceId === null ? { state: "loading", items: [] } : { state: "chosen", items: [], id: spaceId };
  }
  const items = query.data ?? [];
  const asked = Number(params.get("id")) || null;
  const id = asked ?? items[0]?.id;
  if (id !== undefined && id !== null) return { state: "chosen", items, id };
  if (query.isError) return { state: "error", items, error: query.error, retry: () => void query.refetch() };
  return query.isSuccess ? { state: "empty", items } : { state: "loading", items };
}

interface KindSelectProps {
  report: ReportDeclaration;
  entity: EntityDeclaration;
}

function KindSelect({ report, entity }: KindSelectProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const path = useViewPath();
  const kinds: readonly EntityKind[] = report.entities;
  return (
    <label className="select">
      <span className="vh">{t("entity.choose")}</span>
      <select
        className="select-plain"
        value={entity.kind}
        onChange={(event) => {
          const next = findEntity(event.target.value);
          if (next) void navigate(path(`/report/${next.kind}/${report.kind}`));
        }}
      >
        {kinds.map((kind) => (
          <option key={kind} value={kind}>
            {t(`entity.${kind}.name`)}
          </option>
        ))}
      </select>
    </label>
  );
}

function ItemSelect({ entity, selection }: { entity: EntityDeclaration; selection: Selection }) {
  const { t } = useTranslation();
  const [, setParams] = useSearchParams();
  const [filter, setFilter] = useState("");
  const id = selection.state === "chosen" ? selection.id : null;
  const chosen = selection.items.find((item) => item.id === id);
  const text = filter.trim().toLowerCase();
  const found = selection.items.filter((item) => item.name.toLowerCase().includes(text));
  return (
    <Popover
      label={t("entity.chooseOne", { kind: t(`entity.${entity.kind}.name`) })}
      width={320}
      button={(props) => (
        <button type="button" className="btn picker" disabled={selection.items.length === 0} {...props}>
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
                    setParams((before) => {
                      const next = new URLSearchParams(before);
                      next.set("id", String(item.id));
                      return next;
                    });
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

/** What the report is about: the kind of entity and, below a space, which one. */
export function EntityPicker({ report, entity, selection }: KindSelectProps & { selection: Selection }) {
  return (
    <>
      <KindSelect report={report} entity={entity} />
      {entity.collection !== "" && <ItemSelect entity={entity} selection={selection} />}
    </>
  );
}

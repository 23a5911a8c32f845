import { Button, Popover, Segmented } from "@ems/ui";
import { Check, Plus, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useItems } from "../library/names";
import { SelectField } from "../library/SelectField";
import { ENTITIES, type EntityKind } from "../reports/declarations";
import type { EntityItem } from "../reports/parts/ItemPicker";
import { useApi } from "../state/useApi";
import { formatToken, MEASURES, type Measure, MOST_SERIES, type Token } from "./tokens";
import type { Explore } from "./useExplore";

const MOST_SHOWN = 200;
/** What has points of its own, and where the API lists them. */
const OWNERS = { sensor: "sensors", meter: "meters", space: "spaces" } as const;
type Owner = keyof typeof OWNERS;

interface Point {
  id: number;
  name: string;
  units?: string | null;
}

interface ListProps {
  items: readonly EntityItem[];
  tokenOf: (item: EntityItem) => Token;
  explore: Explore;
}

/** Names to be pressed: pressed ones are drawn. */
function ToggleList({ items, tokenOf, explore }: ListProps) {
  const { t } = useTranslation();
  const [filter, setFilter] = useState("");
  const chosen = new Set(explore.tokens.map(formatToken));
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const found = items.filter((item) => words.every((word) => item.name.toLowerCase().includes(word)));
  return (
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
      <ul className="menu series-list">
        {found.slice(0, MOST_SHOWN).map((item) => {
          const token = tokenOf(item);
          const isChosen = chosen.has(formatToken(token));
          return (
            <li key={item.id}>
              <button
                type="button"
                className="menu__item"
                aria-pressed={isChosen}
                disabled={!isChosen && explore.tokens.length >= MOST_SERIES}
                onClick={() => (isChosen ? explore.remove(token) : explore.add(token))}
              >
                {item.name}
                {isChosen && (
                  <span className="menu__hint" aria-hidden="true">
                    <Check size={14} />
                  </span>
                )}
              </button>
            </li>
          );
        })}
        {found.length === 0 && <li className="muted pad">{t("explore.nothing")}</li>}
      </ul>
    </div>
  );
}

function UseSeries({ measure, explore }: { measure: Measure; explore: Explore }) {
  const { t } = useTranslation();
  const [entity, setEntity] = useState<EntityKind>("space");
  const [category, setCategory] = useState(0);
  const items = useItems([entity]).get(entity) ?? [];
  const categories = useApi<EntityItem[]>("/v1/energycategories").data ?? [];
  const isMeter = entity.endsWith("meter");
  return (
    <>
      <SelectField
        label={t("entity.choose")}
        value={entity}
        options={ENTITIES.map(({ kind }) => ({ value: kind, text: t(`entity.${kind}.name`) }))}
        onChange={(text) => setEntity(ENTITIES.find(({ kind }) => kind === text)?.kind ?? "space")}
      />
      {!isMeter && (
        <SelectField
          label={t("report.category")}
          value={String(category)}
          options={[
            { value: "0", text: t(measure === "energy" ? "explore.largest" : "budget.allCategories") },
            ...categories.map((one) => ({ value: String(one.id), text: one.name })),
          ]}
          onChange={(text) => setCategory(Number(text))}
        />
      )}
      <ToggleList
        items={items}
        explore={explore}
        tokenOf={(item) => ({ kind: "use", measure, entity, id: item.id, category: isMeter ? 0 : category })}
      />
    </>
  );
}

function useOwners(owner: Owner): readonly EntityItem[] {
  const spaces = useItems(["space"]).get("space") ?? [];
  const listed = useApi<EntityItem[]>(
    `/v1/${OWNERS[owner]}`,
    { fields: "id,name", sort: "name" },
    { isEnabled: owner !== "space" },
  );
  return owner === "space" ? spaces : (listed.data ?? []);
}

function PointSeries({ explore }: { explore: Explore }) {
  const { t } = useTranslation();
  const [owner, setOwner] = useState<Owner>("sensor");
  const [ownerId, setOwnerId] = useState(0);
  const owners = useOwners(owner);
  const id = ownerId || (owners[0]?.id ?? 0);
  const points = useApi<Point[]>(`/v1/${OWNERS[owner]}/${id}/points`, {}, { isEnabled: id > 0 }).data ?? [];
  return (
    <>
      <SelectField
        label={t("explore.of")}
        value={owner}
        options={[
          { value: "sensor", text: t("explore.sensor") },
          { value: "meter", text: t("entity.meter.name") },
          { value: "space", text: t("entity.space.name") },
        ]}
        onChange={(text) => {
          setOwner(text === "meter" || text === "space" ? text : "sensor");
          setOwnerId(0);
        }}
      />
      <SelectField
        label={t("library.name")}
        value={String(id)}
        options={owners.map((item) => ({ value: String(item.id), text: item.name }))}
        onChange={(text) => setOwnerId(Number(text))}
      />
      <ToggleList
        key={`${owner}-${id}`}
        items={points}
        explore={explore}
        tokenOf={(point) => ({ kind: "point", id: point.id })}
      />
    </>
  );
}

const SOURCES = [...MEASURES, "point"] as const;
type Source = (typeof SOURCES)[number];

/** Any series there is: what things use, cost and emit, and what points measure. */
export function SeriesPicker({ explore }: { explore: Explore }) {
  const { t } = useTranslation();
  const [source, setSource] = useState<Source>("energy");
  return (
    <Popover
      label={t("explore.add")}
      width={380}
      button={(props) => (
        <button type="button" className="btn btn--small btn--primary" {...props}>
          <Plus size={14} aria-hidden="true" /> {t("explore.add")}
        </button>
      )}
    >
      {(close) => (
        <div className="series-picker">
          <Segmented
            label={t("explore.source")}
            value={source}
            options={SOURCES.map((value) => ({ value, label: t(`explore.measures.${value}`) }))}
            onChange={setSource}
          />
          {source === "point" ? (
            <PointSeries explore={explore} />
          ) : (
            <UseSeries measure={source} explore={explore} />
          )}
          <Button small onClick={close}>
            {t("action.close")}
          </Button>
        </div>
      )}
    </Popover>
  );
}

import { Popover, Skeleton, Tree } from "@ems/ui";
import { Building2, ChevronDown, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSpaceTree } from "../state/spaces";
import { useView } from "../state/view";

/** Which space the page is about. */
export function SpacePicker() {
  const { t } = useTranslation();
  const tree = useSpaceTree();
  const { space, spaceId, change } = useView();
  const [filter, setFilter] = useState("");
  if (tree.isPending) return <Skeleton width={180} height={34} />;
  const root = tree.data;
  if (!root) return null;
  return (
    <Popover
      label={t("space.choose")}
      width={340}
      button={(props) => (
        <button type="button" className="btn picker picker--space" title={t("space.choose")} {...props}>
          <Building2 size={16} aria-hidden="true" />
          <span className="picker__text">{space?.name ?? t("space.unknown")}</span>
          <ChevronDown size={14} aria-hidden="true" />
        </button>
      )}
    >
      {(close) => (
        <div className="space-panel">
          <div className="search">
            <Search size={16} aria-hidden="true" />
            <input
              type="search"
              className="search__input"
              placeholder={t("space.search")}
              aria-label={t("space.search")}
              value={filter}
              onChange={(event) => setFilter(event.target.value)}
            />
          </div>
          <Tree
            label={t("space.choose")}
            root={root}
            selected={spaceId}
            filter={filter}
            onSelect={(id) => {
              change({ spaceId: id });
              setFilter("");
              close();
            }}
          />
        </div>
      )}
    </Popover>
  );
}

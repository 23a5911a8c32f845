import {
  type BarItem,
  BarList,
  Card,
  categoryColor,
  EmptyState,
  formatPercent,
  listFormat,
  QueryView,
  SkeletonLines,
  useLocale,
  useTheme,
} from "@ems/ui";
import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ReportModel } from "../reports/model";
import { ViewLink } from "../state/ViewLink";

const TOP_COUNT = 6;

/** The parts of the space that use most. */
export function TopConsumers({ query }: { query: UseQueryResult<ReportModel> }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const isDark = useTheme() === "dark";
  return (
    <Card title={t("home.top")} span={4} busy={query.isPlaceholderData}>
      <QueryView
        query={query}
        skeleton={<SkeletonLines count={6} />}
        isEmpty={(model) => !model.children[0] || model.children[0].items.length === 0}
        empty={<EmptyState title={t("home.noParts")} text={t("home.noPartsText")} />}
      >
        {(model) => {
          const parts = model.children[0];
          if (!parts) return null;
          const sorted = parts.items.toSorted((a, b) => (b.value ?? 0) - (a.value ?? 0)).slice(0, TOP_COUNT);
          const sum = parts.items.reduce((total, item) => total + (item.value ?? 0), 0);
          const written = listFormat(
            sorted.map((item) => item.value),
            parts.unit,
            locale,
          );
          const items = sorted.map(
            (item): BarItem => ({
              key: item.id,
              name: (
                <ViewLink to="/report/space/energycategory" extra={{ space: item.id }}>
                  {item.name}
                </ViewLink>
              ),
              value: item.value,
              text: written(item.value),
              note: sum > 0 && item.value !== null ? formatPercent(item.value / sum, locale) : undefined,
              color: categoryColor(parts.seriesName, 1, isDark),
            }),
          );
          return (
            <>
              <p className="page__sub home-top__of">{parts.seriesName}</p>
              <BarList items={items} label={t("home.top")} />
            </>
          );
        }}
      </QueryView>
    </Card>
  );
}

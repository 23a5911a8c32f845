import {
  Card,
  type Column,
  categoryColor,
  columnFormat,
  DataTable,
  EmptyState,
  ErrorState,
  formatPercent,
  formatWithUnit,
  QueryView,
  Skeleton,
  useLocale,
  useTheme,
} from "@ems/ui";
import type { SankeyLink, SankeyNode } from "@ems/ui/chart/sankey";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Json } from "../reports/json";
import { number, text } from "../reports/json";
import { ExportMenu } from "../reports/parts/ExportMenu";
import { type EntityItem, ItemPicker } from "../reports/parts/ItemPicker";
import { tableCsv } from "../reports/tableCsv";
import { useApi } from "../state/useApi";
import { useParam } from "../state/useParam";
import { usePeriodQuery } from "../state/usePeriodQuery";
import { useView } from "../state/view";
import { ChartCard, type Look, useTableKey } from "./ChartCard";
import { PageHead } from "./PageHead";

const Sankey = lazy(async () => ({ default: (await import("@ems/ui/chart/sankey")).SankeyDiagram }));

/** Name of the node for what goes in and is measured nowhere further on. */
const UNMEASURED = "\u0000unmeasured";
/** Share of a node's energy below which a difference is measuring error, not a loss. */
const LEAST_SHARE = 0.005;

/** What flows between two nodes, all meters between them together. */
export function readLinks(answer: Json): SankeyLink[] {
  const links = new Map<string, SankeyLink>();
  for (const link of (answer.links ?? []) as readonly Json[]) {
    const [source, target] = [text(link, "source"), text(link, "target")];
    const key = JSON.stringify([source, target]);
    const value = (links.get(key)?.value ?? 0) + (number(link, "value") ?? 0);
    links.set(key, { source, target, value });
  }
  return [...links.values()].filter((link) => link.value > 0);
}

/** What goes into a node and does not come out of it again, as links of their own. */
export function unmeasured(links: readonly SankeyLink[]): SankeyLink[] {
  const sum = (by: "source" | "target", name: string) =>
    links.filter((link) => link[by] === name).reduce((total, link) => total + link.value, 0);
  const inner = [...new Set(links.map((link) => link.target))].filter((name) =>
    links.some((link) => link.source === name),
  );
  return inner
    .map((name) => ({ source: name, target: UNMEASURED, value: sum("target", name) - sum("source", name) }))
    .filter((link) => link.value > LEAST_SHARE * sum("target", link.source));
}

function colorsOf(links: readonly SankeyLink[], isDark: boolean, unmeasuredLabel: string): SankeyNode[] {
  const names = [...new Set(links.flatMap((link) => [link.source, link.target]))];
  return names.map((name, i) => {
    if (name === UNMEASURED) return { name, color: "var(--stale)", label: unmeasuredLabel };
    const isSource = !links.some((link) => link.target === name);
    const isLast = !links.some((link) => link.source === name);
    if (isSource) return { name, color: sourceColor(name, i, isDark) };
    return { name, color: isLast ? "var(--building)" : "var(--electricity)" };
  });
}

function sourceColor(name: string, index: number, isDark: boolean): string {
  return /grid|netz|电网/i.test(name) ? "var(--grid)" : categoryColor(name, index, isDark);
}

function FlowTable({
  links,
  unit,
  nameOf,
}: {
  links: readonly SankeyLink[];
  unit: string;
  nameOf: (n: string) => string;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const into = (target: string) =>
    links.filter((link) => link.target === target).reduce((sum, link) => sum + link.value, 0);
  const number = columnFormat(
    links.map((link) => link.value),
    locale,
  );
  const columns: Column<SankeyLink>[] = [
    {
      key: "from",
      title: t("energyFlow.from"),
      sort: (link) => link.source,
      cell: (link) => nameOf(link.source),
    },
    {
      key: "to",
      title: t("energyFlow.to"),
      sort: (link) => link.target,
      cell: (link) => nameOf(link.target),
    },
    {
      key: "energy",
      title: `${t("energyFlow.energy")} [${unit}]`,
      right: true,
      sort: (link) => link.value,
      cell: (link) => number(link.value),
    },
    {
      key: "share",
      title: t("energyFlow.share"),
      right: true,
      cell: (link) => formatPercent(link.value / Math.max(1e-9, into(link.target)), locale),
    },
  ];
  return (
    <DataTable
      caption={t("energyFlow.title")}
      columns={columns}
      rows={links}
      rowKey={(link) => `${link.source}→${link.target}`}
    />
  );
}

interface DiagramProps {
  diagram: EntityItem;
}

const UNIT = "kWh";
const ROW_PX = 48;

function Diagram({ diagram }: DiagramProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const isDark = useTheme() === "dark";
  const [look, setLook] = useState<Look>("chart");
  useTableKey(() => setLook(look === "chart" ? "table" : "chart"));
  const query = { ...usePeriodQuery(), energyflowdiagramid: diagram.id };
  const answer = useApi<Json>("/v1/reports/energyflowdiagram", query);
  const links = useMemo(() => {
    const measured = answer.data ? readLinks(answer.data) : [];
    return [...measured, ...unmeasured(measured)];
  }, [answer.data]);
  const nodes = useMemo(() => colorsOf(links, isDark, t("energyFlow.unmeasured")), [links, isDark, t]);
  const nameOf = (name: string) => (name === UNMEASURED ? t("energyFlow.unmeasured") : name);
  const lost = links.filter((link) => link.target === UNMEASURED).reduce((sum, link) => sum + link.value, 0);
  const csv = () =>
    tableCsv<SankeyLink>(
      [
        { title: t("energyFlow.from"), value: (link) => nameOf(link.source) },
        { title: t("energyFlow.to"), value: (link) => nameOf(link.target) },
        { title: `${t("energyFlow.energy")} [${UNIT}]`, value: (link) => link.value },
      ],
      links,
    );
  return (
    <QueryView
      query={answer}
      skeleton={<Skeleton height={520} />}
      isEmpty={() => links.length === 0}
      empty={
        <Card>
          <EmptyState title={t("report.noValues")} text={t("energyFlow.noValuesText")} />
        </Card>
      }
    >
      {() => (
        <ChartCard
          title={diagram.name}
          sub={lost > 0 && t("energyFlow.lost", { energy: formatWithUnit(lost, UNIT, locale) })}
          busy={answer.isPlaceholderData}
          look={look}
          onLook={setLook}
          tools={
            <ExportMenu
              file={{ path: "/v1/reports/energyflowdiagram", query, name: `energy-flow-${diagram.id}` }}
              csv={csv}
            />
          }
          chart={
            <Suspense fallback={<Skeleton height={520} />}>
              <Sankey
                label={diagram.name}
                nodes={nodes}
                links={links}
                unit={UNIT}
                height={Math.max(420, nodes.length * ROW_PX)}
              />
            </Suspense>
          }
          table={<FlowTable links={links} unit={UNIT} nameOf={nameOf} />}
        />
      )}
    </QueryView>
  );
}

/** Where the energy of the period came from and went. */
export default function EnergyFlowPage() {
  const { t } = useTranslation();
  const { spaceId } = useView();
  const [idText, setId] = useParam("id");
  const list = useApi<EntityItem[]>(
    `/v1/spaces/${spaceId}/energyflowdiagrams`,
    {},
    { isEnabled: spaceId !== null },
  );
  const diagrams = list.data ?? [];
  const diagram = diagrams.find((one) => one.id === Number(idText)) ?? diagrams[0];
  return (
    <div className="page">
      <PageHead
        title={t("energyFlow.title")}
        question={t("energyFlow.question")}
        tools={
          diagrams.length > 1 && (
            <ItemPicker
              label={t("energyFlow.choose")}
              items={diagrams}
              id={diagram?.id ?? null}
              onChoose={(id) => setId(String(id), true)}
            />
          )
        }
      />
      {list.isPending && <Skeleton height={520} />}
      {list.isError && !list.data && (
        <Card>
          <ErrorState error={list.error} onRetry={() => void list.refetch()} />
        </Card>
      )}
      {list.isSuccess && !diagram && (
        <Card>
          <EmptyState title={t("energyFlow.none")} text={t("energyFlow.noneText")} />
        </Card>
      )}
      {diagram && <Diagram key={diagram.id} diagram={diagram} />}
    </div>
  );
}

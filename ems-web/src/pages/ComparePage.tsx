import {
  Button,
  Card,
  type Column,
  columnFormat,
  DataTable,
  displayUnit,
  EmptyState,
  ErrorState,
  formatChange,
  Kpi,
  orderedColor,
  QueryView,
  Segmented,
  Skeleton,
  useLocale,
  useTheme,
} from "@ems/ui";
import { ArrowLeftRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { type ComparedSide, type ComparisonModel, readComparison } from "../reports/comparison";
import { COMPARED_ENTITIES, type EntityKind, findEntity, isMeter } from "../reports/declarations";
import type { Json } from "../reports/json";
import { BucketName } from "../reports/parts/BucketName";
import { useEntityItems } from "../reports/parts/EntityPicker";
import { EstimatedNumber } from "../reports/parts/EstimatedNumber";
import { ExportMenu } from "../reports/parts/ExportMenu";
import { type EntityItem, EntityKindSelect, ItemPicker } from "../reports/parts/ItemPicker";
import { runningBucket } from "../reports/query";
import { tableCsv } from "../reports/tableCsv";
import { listSpaces, spacePair, useSpaceTree } from "../state/spaces";
import { useApi } from "../state/useApi";
import { useParam } from "../state/useParam";
import { usePeriodQuery } from "../state/usePeriodQuery";
import { useViewPath } from "../state/ViewLink";
import { useView } from "../state/view";
import { LazyChart } from "./LazyChart";
import NotFoundPage from "./NotFoundPage";
import { PageHead } from "./PageHead";

interface Category extends EntityItem {
  unit_of_measure: string;
}

const COLORS = [0, 1] as const;

/** What can be compared: any space of the tree, or the entities below the space. */
function useCandidates(kind: EntityKind): {
  items: readonly EntityItem[];
  isReady: boolean;
  error: unknown;
} {
  const entity = findEntity(kind);
  const tree = useSpaceTree();
  const query = useEntityItems(entity ?? { kind, collection: "", member: "" });
  if (kind !== "space") return { items: query.data ?? [], isReady: query.isSuccess, error: query.error };
  return {
    items: tree.data ? listSpaces(tree.data).map(({ space }) => space) : [],
    isReady: tree.isSuccess,
    error: tree.error,
  };
}

/** The two in the address; else two there are, for spaces two of which none is a part of the other. */
function usePair(kind: EntityKind, items: readonly EntityItem[]) {
  const [a, setA] = useParam("a");
  const [b, setB] = useParam("b");
  const tree = useSpaceTree();
  const isSpace = kind === "space" && tree.data;
  const pair = isSpace ? spacePair(tree.data, Number(a) || null) : otherThan(items, Number(a) || null);
  return {
    first: Number(a) || pair[0]?.id || null,
    second: Number(b) || pair[1]?.id || null,
    setFirst: (id: number) => setA(String(id), true),
    setSecond: (id: number) => setB(String(id), true),
  };
}

/** The item chosen first, or the first there is, and the first of the others. */
function otherThan(items: readonly EntityItem[], first: number | null): readonly (EntityItem | undefined)[] {
  const one = items.find((item) => item.id === first) ?? items[0];
  return [one, items.find((item) => item !== one)];
}

interface Row {
  index: number;
  stamp: string;
}

function ComparisonTable({ model }: { model: ComparisonModel }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { step, now } = useView();
  const unit = displayUnit(model.first.unit);
  const rows = model.first.stamps.map((stamp, index): Row => ({ index, stamp }));
  const { first, second } = model;
  const number = columnFormat([...first.values, ...second.values, first.total, second.total], locale);
  const running = runningBucket(first.stamps, step, now);
  const value = (
    key: string,
    title: string,
    { values, total, estimated }: Pick<ComparedSide, "values" | "total" | "estimated">,
  ): Column<Row> => ({
    key,
    title: `${title} [${unit}]`,
    right: true,
    sort: (row) => values[row.index],
    cell: (row) => (
      <EstimatedNumber text={number(values[row.index])} isEstimated={estimated[row.index] === true} />
    ),
    foot: number(total),
  });
  const columns: Column<Row>[] = [
    {
      key: "time",
      title: t("chart.time"),
      isWhole: true,
      sort: (row) => row.index,
      cell: (row) => <BucketName stamp={row.stamp} step={step} isRunning={row.index === running} />,
      foot: t("figure.total"),
    },
    value("first", first.name, first),
    value("second", second.name, second),
    value("difference", t("compareTwo.difference"), {
      values: model.differences,
      total: model.difference,
      estimated: [],
    }),
  ];
  return (
    <DataTable caption={t("compareTwo.title")} columns={columns} rows={rows} rowKey={(row) => row.index} />
  );
}

function ComparisonChart({ model }: { model: ComparisonModel }) {
  const { t } = useTranslation();
  const isDark = useTheme() === "dark";
  const { step, now } = useView();
  const { stamps } = model.first;
  const partial = runningBucket(stamps, step, now);
  const series = [model.first, model.second].map((side, i) => ({
    name: side.name,
    unit: side.unit,
    color: orderedColor(COLORS[i] ?? 0, isDark),
    values: side.values,
    estimated: side.estimated,
    kind: "bar" as const,
  }));
  return (
    <LazyChart
      label={t("compareTwo.title")}
      stamps={stamps}
      step={step}
      series={series}
      height={340}
      partialIndex={partial < 0 ? undefined : partial}
    />
  );
}

function SideKpi({ side, index }: { side: ComparedSide; index: 0 | 1 }) {
  const isDark = useTheme() === "dark";
  return (
    <Card className="kpi-card">
      <Kpi
        name={
          <>
            <span className="dot" style={{ ["--dot" as string]: orderedColor(COLORS[index], isDark) }} />
            {side.name}
          </>
        }
        value={side.total}
        unit={side.unit}
      />
    </Card>
  );
}

function comparisonCsv(model: ComparisonModel, timeTitle: string, differenceTitle: string): string {
  const { unit } = model.first;
  return tableCsv<number>(
    [
      { title: timeTitle, value: (i) => model.first.stamps[i] },
      { title: `${model.first.name} [${unit}]`, value: (i) => model.first.values[i] },
      { title: `${model.second.name} [${unit}]`, value: (i) => model.second.values[i] },
      { title: `${differenceTitle} [${unit}]`, value: (i) => model.differences[i] },
    ],
    model.first.stamps.map((_, i) => i),
  );
}

interface ResultProps {
  kind: EntityKind;
  first: number;
  second: number;
  category: number | null;
}

function Result({ kind, first, second, category }: ResultProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { step } = useView();
  const [look, setLook] = useParam("look", "chart");
  const query = {
    ...usePeriodQuery(),
    periodtype: step,
    [`${kind}id1`]: first,
    [`${kind}id2`]: second,
    energycategoryid: category,
  };
  const answer = useApi<Json>(`/v1/reports/${kind}comparison`, query);
  return (
    <QueryView query={answer} skeleton={<Skeleton height={420} />}>
      {(data) => {
        const model = readComparison(data, kind);
        const { total } = model.second;
        const ratio = total && model.difference !== null ? model.difference / total : null;
        return (
          <div className="report" aria-busy={answer.isPlaceholderData || undefined}>
            <div className="kpi-grid">
              <SideKpi side={model.first} index={0} />
              <SideKpi side={model.second} index={1} />
              <Card className="kpi-card">
                <Kpi
                  name={t("compareTwo.difference")}
                  value={model.difference}
                  unit={model.first.unit}
                  foot={
                    ratio !== null && (
                      <span>
                        {t("compareTwo.against", {
                          change: formatChange(ratio, locale),
                          name: model.second.name,
                        })}
                      </span>
                    )
                  }
                />
              </Card>
            </div>
            <Card
              title={model.category}
              flush={look === "table"}
              actions={
                <div className="card__tools">
                  <ExportMenu
                    file={{ path: `/v1/reports/${kind}comparison`, query, name: `${kind}-comparison` }}
                    csv={() => comparisonCsv(model, t("chart.time"), t("compareTwo.difference"))}
                  />
                  <Segmented
                    label={t("report.look")}
                    value={look}
                    options={[
                      { value: "chart", label: t("chart.chart") },
                      { value: "table", label: t("chart.table") },
                    ]}
                    onChange={setLook}
                  />
                </div>
              }
            >
              {look === "table" ? <ComparisonTable model={model} /> : <ComparisonChart model={model} />}
            </Card>
          </div>
        );
      }}
    </QueryView>
  );
}

function CategorySelect({ category, onChoose }: { category: number | null; onChoose: (id: number) => void }) {
  const { t } = useTranslation();
  const { data } = useApi<Category[]>("/v1/energycategories", {}, { staleMs: 600_000 });
  return <ItemPicker label={t("report.category")} items={data ?? []} id={category} onChoose={onChoose} />;
}

function useCategory() {
  const [text, setText] = useParam("category");
  const { data, error } = useApi<Category[]>("/v1/energycategories", {}, { staleMs: 600_000 });
  return {
    category: Number(text) || (data?.[0]?.id ?? null),
    setCategory: (id: number) => setText(String(id), true),
    error,
  };
}

function Compare({ kind }: { kind: EntityKind }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const path = useViewPath();
  const { items, isReady, error } = useCandidates(kind);
  const { first, second, setFirst, setSecond } = usePair(kind, items);
  const { category, setCategory, error: ofCategories } = useCategory();
  const name = t(`entity.${kind}.name`);
  const needsCategory = !isMeter(kind);
  const failure = error ?? (needsCategory && category === null ? ofCategories : null);
  return (
    <div className="page">
      <PageHead
        title={t("compareTwo.title")}
        question={t("compareTwo.question")}
        tools={
          <>
            <EntityKindSelect
              kinds={COMPARED_ENTITIES}
              kind={kind}
              onChoose={(next) => void navigate(path(`/compare/${next}`))}
            />
            {needsCategory && <CategorySelect category={category} onChoose={setCategory} />}
          </>
        }
      />
      <div className="compare-pair">
        <ItemPicker label={`${name} A`} items={items} id={first} onChoose={setFirst} />
        <Button
          tone="quiet"
          small
          aria-label={t("compareTwo.swap")}
          title={t("compareTwo.swap")}
          icon={<ArrowLeftRight size={16} />}
          onClick={() => {
            if (first && second) void navigate(path(`/compare/${kind}`, { a: second, b: first }));
          }}
        />
        <ItemPicker label={`${name} B`} items={items} id={second} onChoose={setSecond} />
      </div>
      {Boolean(failure) && (
        <Card>
          <ErrorState error={failure} />
        </Card>
      )}
      {isReady && items.length < 2 && (
        <Card>
          <EmptyState title={t("compareTwo.tooFew")} text={t("report.noEntityText")} />
        </Card>
      )}
      {first !== null && second !== null && (!needsCategory || category !== null) && (
        <Result kind={kind} first={first} second={second} category={needsCategory ? category : null} />
      )}
    </div>
  );
}

/** Two entities of a kind against each other. */
export default function ComparePage() {
  const entity = findEntity(useParams().entity);
  if (!entity || !COMPARED_ENTITIES.includes(entity.kind)) return <NotFoundPage />;
  return <Compare kind={entity.kind} />;
}

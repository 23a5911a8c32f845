import { EmptyState, QueryView, Skeleton } from "@ems/ui";
import { ChevronRight } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Page } from "../pages/Page";
import { ScrollRegion } from "../pages/ScrollRegion";
import { FindingsTable } from "../pipeline/FindingsTable";
import { usePipeline } from "../pipeline/state";
import { isUsual } from "../relations/terms";
import {
  type BoundMeter,
  type Category,
  type Row,
  type SpaceNode,
  useBound,
  useCategories,
  useSpaceTree,
  visibleRows,
} from "./matrix";

function Chip({ meter, isDoubtful }: { meter: BoundMeter; isDoubtful: boolean }) {
  const { t } = useTranslation();
  const hasTerms = meter.terms.length > 0 && !isUsual(meter.terms);
  return (
    <Link
      to={`/${meter.kind}/${meter.id}`}
      className={`chip ${isDoubtful ? "chip--warning" : ""}`}
      title={isDoubtful ? t("matrix.doubtful") : hasTerms ? t("matrix.withTerms") : undefined}
    >
      {meter.name}
      {hasTerms && <span aria-hidden="true">*</span>}
    </Link>
  );
}

interface TableProps {
  rows: readonly Row[];
  categories: readonly Category[];
  bound: ReadonlyMap<number, readonly BoundMeter[]>;
  doubtful: ReadonlySet<string>;
  onToggle: (id: number) => void;
}

function Table({ rows, categories, bound, doubtful, onToggle }: TableProps) {
  const { t } = useTranslation();
  const used = new Set([...bound.values()].flat().map((meter) => meter.categoryId));
  const shown = categories.filter((category) => used.has(category.id));
  return (
    <ScrollRegion label={t("matrix.title")} className="tbl-wrap matrix">
      <table className="tbl">
        <thead>
          <tr>
            <th scope="col">{t("matrix.space")}</th>
            {shown.map((category) => (
              <th key={category.id} scope="col">
                {category.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ node, depth, hasChildren, isOpen }) => {
            const meters = bound.get(node.id);
            return (
              <tr key={node.id}>
                <th scope="row" style={{ paddingInlineStart: 12 + depth * 18 }}>
                  <span className="matrix__space">
                    {hasChildren ? (
                      <button
                        type="button"
                        className="matrix__twist"
                        aria-expanded={isOpen}
                        aria-label={t(isOpen ? "matrix.close" : "matrix.open", { name: node.name })}
                        onClick={() => onToggle(node.id)}
                      >
                        <ChevronRight
                          size={14}
                          aria-hidden="true"
                          className={isOpen ? "audit__twist--open" : "flip"}
                        />
                      </button>
                    ) : (
                      <span className="matrix__twist" />
                    )}
                    <Link to={`/spaces/${node.id}/meters`}>{node.name}</Link>
                  </span>
                </th>
                {!meters && (
                  <td colSpan={Math.max(1, shown.length)}>
                    <Skeleton height={16} width={120} />
                  </td>
                )}
                {meters &&
                  shown.map((category) => (
                    <td key={category.id}>
                      <span className="chips">
                        {meters
                          .filter((meter) => meter.categoryId === category.id)
                          .map((meter) => (
                            <Chip
                              key={`${meter.kind}-${meter.id}`}
                              meter={meter}
                              isDoubtful={doubtful.has(`space ${node.id}`)}
                            />
                          ))}
                      </span>
                    </td>
                  ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function Matrix({ root }: { root: SpaceNode }) {
  const [open, setOpen] = useState<ReadonlySet<number>>(() => new Set([root.id]));
  const rows = useMemo(() => visibleRows(root, open), [root, open]);
  const bound = useBound(rows.map((row) => row.node.id));
  const categories = useCategories();
  const pipeline = usePipeline();
  const findings = (pipeline.data?.findings ?? []).filter((finding) => finding.stage === "aggregation");
  const doubtful = new Set(findings.flatMap(({ entity }) => (entity ? [`${entity.kind} ${entity.id}`] : [])));
  const toggle = (id: number) => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
  };
  return (
    <>
      <section className="card">
        <Table
          rows={rows}
          categories={categories.data ?? []}
          bound={bound}
          doubtful={doubtful}
          onToggle={toggle}
        />
      </section>
      <FindingsTable findings={findings} />
    </>
  );
}

/** Which meters are counted in which space, by energy category: a tree with a sparse table. */
export default function MatrixPage() {
  const { t } = useTranslation();
  const query = useSpaceTree();
  return (
    <Page title={t("matrix.title")} sub={t("matrix.sub")}>
      <QueryView
        query={query}
        skeleton={<Skeleton height={420} />}
        isEmpty={(root) => root.id === undefined}
        empty={<EmptyState title={t("matrix.none")} />}
      >
        {(root) => <Matrix root={root} />}
      </QueryView>
    </Page>
  );
}

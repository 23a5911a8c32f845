import { Button, EmptyState, ErrorState, IconButton, NO_DATA, SearchBox, Skeleton } from "@ems/ui";
import { Input, Select } from "antd";
import { ChevronRight, Download, X } from "lucide-react";
import { Fragment, useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { FieldInput } from "../form/FieldInput";
import { LabelledField } from "../form/LabelledField";
import { type Resource, useDescription } from "../model/description";
import { saveText, toCsv } from "../model/files";
import { useMoments } from "../model/moments";
import { type Names, useNames } from "../model/names";
import { Page } from "../pages/Page";
import { ScrollRegion } from "../pages/ScrollRegion";
import {
  ACTIONS,
  type AuditFilter,
  type AuditLine,
  deedOf,
  differences,
  FILTERS,
  useAudit,
  WAYS,
} from "./audit";

function useFilters() {
  const [params, setParams] = useSearchParams();
  const values: Partial<Record<AuditFilter, string>> = {};
  for (const name of FILTERS) {
    const text = params.get(name);
    if (text) values[name] = text;
  }
  const set = (name: AuditFilter, value: string) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  return { values, set, clear: () => setParams({}, { replace: true }) };
}

function Filters({ filters }: { filters: ReturnType<typeof useFilters> }) {
  const { t } = useTranslation();
  const { resources } = useDescription();
  const names = useNames();
  const { values, set } = filters;
  const choice = (name: AuditFilter, label: string, options: { value: string; label: string }[]) => (
    <LabelledField label={label}>
      {(props) => (
        <Select<string>
          {...props}
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          value={values[name]}
          options={options}
          placeholder={t("audit.any")}
          onChange={(next: string | undefined) => set(name, next ?? "")}
        />
      )}
    </LabelledField>
  );
  return (
    <div className="filters">
      <LabelledField label={t("audit.user")}>
        {(props) => (
          <Input
            {...props}
            allowClear
            value={values.user ?? ""}
            onChange={(event) => set("user", event.target.value)}
          />
        )}
      </LabelledField>
      {choice(
        "action",
        t("audit.action"),
        ACTIONS.map((action) => ({ value: action, label: t(`audit.actions.${action}`) })),
      )}
      {choice(
        "entity",
        t("audit.entity"),
        resources.map((resource) => ({ value: resource.name, label: names.resource(resource) })),
      )}
      {choice(
        "via",
        t("audit.via"),
        WAYS.map((way) => ({ value: way, label: t(`audit.ways.${way}`) })),
      )}
      <LabelledField label={t("audit.from")}>
        {(props) => (
          <FieldInput
            {...props}
            field={{ name: "startdatetime", type: "datetime", required: false }}
            value={values.startdatetime}
            onChange={(next) => set("startdatetime", typeof next === "string" ? next : "")}
          />
        )}
      </LabelledField>
      <LabelledField label={t("audit.to")}>
        {(props) => (
          <FieldInput
            {...props}
            field={{ name: "enddatetime", type: "datetime", required: false }}
            value={values.enddatetime}
            onChange={(next) => set("enddatetime", typeof next === "string" ? next : "")}
          />
        )}
      </LabelledField>
    </div>
  );
}

function Difference({ line }: { line: AuditLine }) {
  const { t } = useTranslation();
  const rows = differences(line.before, line.after);
  if (rows.length === 0) return <p className="muted pad-x">{t("audit.noValues")}</p>;
  return (
    <table className="tbl diff">
      <thead>
        <tr>
          <th scope="col">{t("audit.member")}</th>
          <th scope="col">{t("audit.before")}</th>
          <th scope="col">{t("audit.after")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">{row.name}</th>
            <td className="diff__before">{row.before === null ? NO_DATA : <del>{row.before}</del>}</td>
            <td className="diff__after">{row.after === null ? NO_DATA : <ins>{row.after}</ins>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** "user 1"; of all rows, or of what the portal does not know: "Users". */
function nameOf({ entity, entity_id }: AuditLine, resource: Resource | undefined, names: Names): string {
  if (!resource) return entity_id === null ? entity : `${entity} ${entity_id}`;
  return entity_id === null ? names.resource(resource) : `${names.singular(resource)} ${entity_id}`;
}

function Entity({ line, resource }: { line: AuditLine; resource: Resource | undefined }) {
  const names = useNames();
  const text = nameOf(line, resource, names);
  const isThere = line.entity_id !== null && line.action !== "delete";
  return isThere && resource?.can.includes("list") ? (
    <Link to={`/${resource.name}/${line.entity_id}`}>{text}</Link>
  ) : (
    text
  );
}

/** What was done: a sentence of its own for requests that changed no row, else the action and what it was done to. */
function Deed({ line }: { line: AuditLine }) {
  const { t } = useTranslation();
  const { resources } = useDescription();
  const sentence = t(`audit.deeds.${deedOf(line)}`, { id: line.entity_id ?? "", defaultValue: "" });
  if (sentence !== "") return <td colSpan={2}>{sentence}</td>;
  return (
    <>
      <td>{t(`audit.actions.${line.action}`, { defaultValue: line.action })}</td>
      <td>
        <Entity
          line={line}
          resource={resources.find((one) => one.name === line.entity.replaceAll("_", ""))}
        />
      </td>
    </>
  );
}

function Lines({ lines }: { lines: readonly AuditLine[] }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const toggle = (id: number) => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
  };
  return (
    <ScrollRegion label={t("audit.title")} className="tbl-wrap">
      <table className="tbl audit">
        <thead>
          <tr>
            <th scope="col">{t("audit.at")}</th>
            <th scope="col">{t("audit.user")}</th>
            <th scope="col">{t("audit.action")}</th>
            <th scope="col">{t("audit.entity")}</th>
            <th scope="col" className="wide-only">
              {t("audit.address")}
            </th>
            <th scope="col">{t("audit.outcome")}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <Fragment key={line.id}>
              <tr>
                <th scope="row">
                  <button
                    type="button"
                    className="audit__toggle"
                    aria-expanded={open.has(line.id)}
                    aria-label={t("audit.show", { at: moments.full(line.at) })}
                    onClick={() => toggle(line.id)}
                  >
                    <ChevronRight
                      size={14}
                      aria-hidden="true"
                      className={open.has(line.id) ? "audit__twist--open" : "flip"}
                    />
                    {moments.full(line.at)}
                  </button>
                </th>
                <td>{line.user_name || NO_DATA}</td>
                <Deed line={line} />
                <td className="wide-only">{line.address}</td>
                <td>
                  <span className={`badge ${line.is_success ? "badge--good" : "badge--critical"}`}>
                    {line.is_success ? t("audit.done") : line.outcome.toLowerCase().replaceAll("_", " ")}
                  </span>
                </td>
              </tr>
              {open.has(line.id) && (
                <tr className="audit__detail">
                  <td colSpan={6}>
                    <Difference line={line} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function csvOf(lines: readonly AuditLine[]): string {
  const head = ["at", "user", "action", "entity", "id", "address", "outcome", "before", "after"];
  return toCsv([
    head,
    ...lines.map((line) => [
      line.at,
      line.user_name,
      line.action,
      line.entity,
      String(line.entity_id ?? ""),
      line.address,
      line.outcome,
      JSON.stringify(line.before),
      JSON.stringify(line.after),
    ]),
  ]);
}

/** Who changed what, when, from where; and the values before and after. */
export default function AuditPage() {
  const { t } = useTranslation();
  const filters = useFilters();
  const query = useAudit(useDeferredValue(filters.values));
  const lines = query.data?.pages.flat() ?? [];
  const isFiltered = Object.keys(filters.values).length > 0;
  return (
    <Page
      title={t("audit.title")}
      sub={t("audit.sub")}
      tools={
        <>
          <SearchBox
            label={t("audit.search")}
            value={filters.values.q ?? ""}
            onChange={(text) => filters.set("q", text)}
          />
          <Button
            icon={<Download size={16} />}
            disabled={lines.length === 0}
            onClick={() => saveText("audit.csv", csvOf(lines), "text/csv")}
          >
            {t("list.csv")}
          </Button>
        </>
      }
    >
      <section className="card" aria-busy={query.isFetching && !query.isPending ? true : undefined}>
        <div className="filters-line">
          <Filters filters={filters} />
          {isFiltered && (
            <IconButton label={t("audit.clear")} icon={<X size={16} />} onClick={filters.clear} />
          )}
        </div>
        {query.isPending && (
          <div className="pad">
            <Skeleton height={320} />
          </div>
        )}
        {query.isError && !query.data && (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        )}
        {query.data && lines.length === 0 && (
          <EmptyState title={t("audit.none")} text={isFiltered ? t("audit.noneFiltered") : undefined} />
        )}
        {lines.length > 0 && <Lines lines={lines} />}
        {query.hasNextPage && (
          <div className="more">
            <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t("audit.more")}
            </Button>
          </div>
        )}
      </section>
    </Page>
  );
}

import { displayUnit } from "@ems/ui";
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import { type ReportModel, type ReportSeries, units } from "../model";

/** Series that can stand in one chart: of one unit, or a single one when sums mean nothing. */
export interface SeriesGroup {
  key: string;
  label: string;
  series: readonly ReportSeries[];
}

const NAMED = 2;

/** The charts that a report can show. */
export function groupSeries(model: ReportModel): SeriesGroup[] {
  if (!model.isAdditive) {
    return model.series.map((series) => ({ key: series.name, label: series.name, series: [series] }));
  }
  return units(model).map((unit) => {
    const series = model.series.filter((one) => one.unit === unit);
    const names = series.slice(0, NAMED).map((one) => one.name);
    const more = series.length > NAMED ? "…" : "";
    return { key: unit, label: `${names.join(", ")}${more} (${displayUnit(unit)})`, series };
  });
}

export interface Filter {
  groups: readonly SeriesGroup[];
  group: SeriesGroup | undefined;
  hidden: ReadonlySet<string>;
  choose: (key: string) => void;
  toggle: (name: string) => void;
}

const SEPARATOR = "~";

/** Which series are shown; in the address, so that a link shows the same. */
export function useFilter(model: ReportModel): Filter {
  const [params, setParams] = useSearchParams();
  const groups = useMemo(() => groupSeries(model), [model]);
  const group = groups.find((one) => one.key === params.get("show")) ?? groups[0];
  const hiddenText = params.get("hide") ?? "";
  const hidden = useMemo(() => new Set(hiddenText.split(SEPARATOR).filter(Boolean)), [hiddenText]);
  const set = (key: string, value: string) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(key, value);
        else next.delete(key);
        return next;
      },
      { replace: true },
    );
  return {
    groups,
    group,
    hidden,
    choose: (key) => set("show", key === groups[0]?.key ? "" : key),
    toggle: (name) => {
      const next = new Set(hidden);
      if (next.has(name)) next.delete(name);
      else next.add(name);
      set("hide", [...next].join(SEPARATOR));
    },
  };
}

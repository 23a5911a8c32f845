import { ArrowDownRight, ArrowRight, ArrowUpRight } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { formatChange, formatExactWithUnit, formatQuantity } from "../format/number";
import { useLocale } from "../i18n/setup";

/** Which direction of a change is good. */
export type Wish = "less" | "more" | "neither";

const CALM_RATIO = 0.005;

function tone(ratio: number, wish: Wish): string {
  if (wish === "neither" || Math.abs(ratio) < CALM_RATIO) return "";
  return ratio < 0 === (wish === "less") ? "delta--good" : "delta--bad";
}

/** A change against the comparison: arrow, sign and number, so colour is not the only cue. */
export function Delta({ ratio, wish = "less", hint }: { ratio: number | null; wish?: Wish; hint?: string }) {
  const locale = useLocale();
  if (ratio === null || !Number.isFinite(ratio)) return null;
  const Arrow = Math.abs(ratio) < CALM_RATIO ? ArrowRight : ratio > 0 ? ArrowUpRight : ArrowDownRight;
  return (
    <span className={`delta ${tone(ratio, wish)}`} title={hint}>
      <Arrow size={12} aria-hidden="true" />
      {formatChange(ratio, locale)}
    </span>
  );
}

/** More points than this are finer than the small line's pixels. */
const MOST_SPARKS = 120;

/** At most `most` values: means of neighbours; null where none of them is known. */
export function thinOut(values: readonly (number | null)[], most: number): readonly (number | null)[] {
  if (values.length <= most) return values;
  const size = Math.ceil(values.length / most);
  return Array.from({ length: Math.ceil(values.length / size) }, (_, i) => {
    const known = values.slice(i * size, (i + 1) * size).filter((v): v is number => v !== null);
    return known.length > 0 ? known.reduce((a, b) => a + b, 0) / known.length : null;
  });
}

/** A small line without axes. */
export function Sparkline({
  values: given,
  color,
  height = 36,
}: {
  values: readonly (number | null)[];
  color: string;
  height?: number;
}) {
  const values = thinOut(given, MOST_SPARKS);
  const known = values.filter((v): v is number => v !== null);
  if (known.length < 2) return <svg className="spark" height={height} aria-hidden="true" />;
  const low = Math.min(0, ...known);
  const high = Math.max(...known, low + 1e-9);
  const x = (i: number) => (i / (values.length - 1)) * 100;
  const y = (v: number) => height - 2 - ((v - low) / (high - low)) * (height - 4);
  let path = "";
  let area = "";
  let from: number | null = null;
  values.forEach((v, i) => {
    if (v !== null) {
      path += `${from === null ? "M" : "L"}${x(i).toFixed(2)} ${y(v).toFixed(2)}`;
      from ??= i;
    }
    const isEnd = v === null || i === values.length - 1;
    if (isEnd && from !== null) {
      const last = v === null ? i - 1 : i;
      const piece = path.slice(path.lastIndexOf("M"));
      area += `${piece}L${x(last).toFixed(2)} ${y(low)}L${x(from).toFixed(2)} ${y(low)}Z`;
      from = null;
    }
  });
  return (
    <svg
      className="spark"
      viewBox={`0 0 100 ${height}`}
      height={height}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={area} fill={color} opacity={0.14} />
      <path
        d={path}
        fill="none"
        stroke={color}
        strokeWidth={1.5}
        vectorEffect="non-scaling-stroke"
        strokeLinejoin="round"
      />
    </svg>
  );
}

export interface KpiProps {
  name: ReactNode;
  value: number | null | undefined;
  unit: string;
  foot?: ReactNode;
  children?: ReactNode;
}

/** A headline figure with its unit; the exact value on hover. */
export function Kpi({ name, value, unit, foot, children }: KpiProps) {
  const locale = useLocale();
  const { t } = useTranslation("ui");
  const shown = formatQuantity(value, unit, locale);
  const isKnown = value !== null && value !== undefined;
  const exact = isKnown ? formatExactWithUnit(value, unit, locale) : t("state.noData");
  return (
    <div className="kpi">
      <div className="kpi__name">{name}</div>
      <div className="kpi__value" title={exact}>
        {shown.text}
        {shown.unit && (
          <>
            <span className="kpi__gap"> </span>
            <span className="kpi__unit">{shown.unit}</span>
          </>
        )}
      </div>
      <div className="kpi__foot">{foot}</div>
      {children}
    </div>
  );
}

export interface BarItem {
  key: string | number;
  name: ReactNode;
  value: number | null;
  text: string;
  note?: string;
  color: string;
  /** Value of the comparison, drawn as a mark. */
  base?: number | null;
}

/** Values as horizontal bars, largest given first; a list for assistive technology. */
export function BarList({ items, label }: { items: readonly BarItem[]; label: string }) {
  const most = Math.max(1e-9, ...items.map((item) => Math.max(Math.abs(item.value ?? 0), item.base ?? 0)));
  const share = (value: number) => `${(Math.abs(value) / most) * 100}%`;
  return (
    <ul className="bars" aria-label={label}>
      {items.map((item) => (
        <li key={item.key} className="bars__row">
          <span className="bars__name">{item.name}</span>
          <span className="bars__value">
            {item.text}
            {item.note && <small>{item.note}</small>}
          </span>
          <span className="bars__track" aria-hidden="true">
            {(item.value ?? 0) !== 0 && (
              <span
                // What is missing is as long as what is there would be, and hollow.
                className={`bars__fill ${(item.value ?? 0) < 0 ? "bars__fill--below" : ""}`}
                style={{ width: share(item.value ?? 0), ["--fill" as string]: item.color }}
              />
            )}
            {(item.base ?? 0) > 0 && (
              <span
                className="bars__mark"
                style={{ insetInlineStart: `calc(${share(item.base ?? 0)} - 1px)` }}
              />
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}

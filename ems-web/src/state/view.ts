import {
  allowedSteps,
  autoStep,
  baseSpan,
  COMPARES,
  type Compare,
  formatSpec,
  type PeriodSpec,
  parseSpec,
  resolve,
  type Span,
  STEPS,
  type Step,
} from "@ems/ui";
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { useLocalNow } from "./site";
import { findSpace, type SpaceNode, useSpaceTree } from "./spaces";

/** What every page is about: where and when; it lives in the address. */
export interface View {
  spaceId: number | null;
  space: SpaceNode | undefined;
  spec: PeriodSpec;
  span: Span;
  step: Step;
  /** True when the resolution follows from the period. */
  isAutoStep: boolean;
  steps: Step[];
  compare: Compare;
  /** The chosen span when `compare` is `custom`. */
  base: Span | null;
  now: number;
}

/** Changes to the view; what is left out stays. */
export interface ViewChange {
  spaceId?: number;
  spec?: PeriodSpec;
  step?: Step | "auto";
  compare?: Exclude<Compare, "custom"> | Span;
}

export const DEFAULT_SPEC: PeriodSpec = { preset: "today" };
const DEFAULT_COMPARE: Compare = "previous";

/** Names of the view in the address, carried from page to page. */
export const VIEW_KEYS = ["space", "p", "step", "cmp"] as const;

function oneOf<T extends string>(list: readonly T[], text: string | null): T | null {
  return list.find((item) => item === text) ?? null;
}

/** The part of an address that says where and when. */
export function viewSearch(params: URLSearchParams): string {
  const kept = new URLSearchParams();
  for (const key of VIEW_KEYS) {
    const value = params.get(key);
    if (value !== null) kept.set(key, value);
  }
  return kept.size > 0 ? `?${kept}` : "";
}

/** Apply a change to an address; defaults are left out, so that addresses stay short. */
export function applyChange(params: URLSearchParams, change: ViewChange): URLSearchParams {
  const next = new URLSearchParams(params);
  if (change.spaceId !== undefined) {
    next.set("space", String(change.spaceId));
    // The chosen meter or tenant belongs to the space that was left.
    next.delete("id");
  }
  if (change.spec) {
    next.set("p", formatSpec(change.spec));
    next.delete("step");
  }
  if (change.step === "auto") next.delete("step");
  else if (change.step) next.set("step", change.step);
  if (change.compare === DEFAULT_COMPARE) next.delete("cmp");
  else if (typeof change.compare === "string") next.set("cmp", change.compare);
  else if (change.compare) next.set("cmp", formatSpec(change.compare));
  if (next.get("p") === formatSpec(DEFAULT_SPEC)) next.delete("p");
  return next;
}

/** What the address says about the comparison: a word, or a span of its own. */
export function parseCompare(text: string | null): { compare: Compare; custom: Span | null } {
  const word = COMPARES.find((item) => item === text && item !== "custom");
  if (word) return { compare: word, custom: null };
  const spec = parseSpec(text);
  const isSpan = spec !== null && !("preset" in spec);
  return isSpan ? { compare: "custom", custom: spec } : { compare: DEFAULT_COMPARE, custom: null };
}

/** The view in the address, and how to change it. */
export function useView(): View & { change: (change: ViewChange) => void } {
  const [params, setParams] = useSearchParams();
  const tree = useSpaceTree();
  const now = useLocalNow();

  const change = useCallback(
    (wanted: ViewChange) => setParams((before) => applyChange(before, wanted)),
    [setParams],
  );

  const p = params.get("p");
  const spec = useMemo(() => parseSpec(p) ?? DEFAULT_SPEC, [p]);
  const { start, end } = resolve(spec, now);
  const span = useMemo(() => ({ start, end }), [start, end]);
  const steps = useMemo(() => allowedSteps(span), [span]);
  const asked = oneOf(STEPS, params.get("step"));
  const step = asked && steps.includes(asked) ? asked : autoStep(span);
  const { compare, custom } = parseCompare(params.get("cmp"));
  const found = baseSpan(span, compare, now, custom);
  const baseStart = found?.start;
  const baseEnd = found?.end;
  const base = useMemo(
    () => (baseStart === undefined || baseEnd === undefined ? null : { start: baseStart, end: baseEnd }),
    [baseStart, baseEnd],
  );

  const askedSpace = Number(params.get("space")) || null;
  const spaceId = askedSpace ?? tree.data?.id ?? null;
  const space = spaceId === null ? undefined : findSpace(tree.data, spaceId);

  return { spaceId, space, spec, span, step, isAutoStep: asked !== step, steps, compare, base, now, change };
}

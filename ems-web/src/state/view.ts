import { type Compare, formatSpec, type PeriodSpec, type Span, type Step, shift } from "@ems/ui";
import { createContext, useCallback, useContext, useMemo } from "react";
import { useSearchParams } from "react-router";
import { DEFAULT_COMPARE, DEFAULT_SPEC, type Period, readPeriod, readSpaceId } from "./address";
import { useLocalNow } from "./site";
import { findSpace, type SpaceNode, useSpaceTree } from "./spaces";

/** What every page is about: where and when; it lives in the address. */
export interface View extends Period {
  spaceId: number | null;
  space: SpaceNode | undefined;
  now: number;
  /** The part of the address that says where and when, for links. */
  search: string;
}

/** Changes to the view; what is left out stays. */
export interface ViewChange {
  spaceId?: number;
  spec?: PeriodSpec;
  step?: Step | "auto";
  compare?: Exclude<Compare, "custom"> | Span;
}

/** Names of the view in the address, carried from page to page. */
export const VIEW_KEYS = ["space", "p", "step", "cmp"] as const;

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

/** So many periods later; a resolution of one's own stays. */
export function stepped(view: Pick<View, "span" | "step" | "isAutoStep">, periods: 1 | -1): ViewChange {
  const spec = shift(view.span, periods);
  return view.isAutoStep ? { spec } : { spec, step: view.step };
}

export interface ChangeableView extends View {
  change: (change: ViewChange) => void;
}

/** The view, read once for all parts of a page. */
export const ViewContext = createContext<ChangeableView | null>(null);

/** The view in the address, and how to change it. */
export function useView(): ChangeableView {
  const view = useContext(ViewContext);
  if (!view) throw new Error("there is no view outside of the pages");
  return view;
}

/** Read the view from the address. */
export function useReadView(): ChangeableView {
  const [params, setParams] = useSearchParams();
  const tree = useSpaceTree();
  const now = useLocalNow();

  const change = useCallback(
    (wanted: ViewChange) => setParams((before) => applyChange(before, wanted)),
    [setParams],
  );

  const asked = VIEW_KEYS.map((key) => params.get(key)).join(" ");
  const read = readPeriod(params, now);
  const { start, end } = read.span;
  const baseStart = read.base?.start;
  const baseEnd = read.base?.end;
  // The same objects for as long as they say the same: charts and tables depend on them.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `read` is new each time; these say what it holds
  const period = useMemo(() => read, [asked, start, end, baseStart, baseEnd]);

  const spaceId = readSpaceId(params) ?? tree.data?.id ?? null;
  const space = spaceId === null ? undefined : findSpace(tree.data, spaceId);

  const search = viewSearch(params);
  return useMemo(
    () => ({ ...period, spaceId, space, now, search, change }),
    [period, spaceId, space, now, search, change],
  );
}

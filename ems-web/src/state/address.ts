import {
  allowedSteps,
  autoStep,
  baseSpan,
  COMPARES,
  type Compare,
  type PeriodSpec,
  parseSpec,
  resolve,
  type Span,
  STEPS,
  type Step,
} from "@ems/ui/time/period";

/** What an address says about when; without React, since the first requests are sent before it is there. */
export interface Period {
  spec: PeriodSpec;
  span: Span;
  step: Step;
  /** True when the resolution follows from the period. */
  isAutoStep: boolean;
  steps: Step[];
  compare: Compare;
  /** The span that it is compared with. */
  base: Span | null;
}

export const DEFAULT_SPEC: PeriodSpec = { preset: "today" };
export const DEFAULT_COMPARE: Compare = "previous";

function oneOf<T extends string>(list: readonly T[], text: string | null): T | null {
  return list.find((item) => item === text) ?? null;
}

/** What the address says about the comparison: a word, or a span of its own. */
export function parseCompare(text: string | null): { compare: Compare; custom: Span | null } {
  const word = COMPARES.find((item) => item === text && item !== "custom");
  if (word) return { compare: word, custom: null };
  const spec = parseSpec(text);
  const isSpan = spec !== null && !("preset" in spec);
  return isSpan ? { compare: "custom", custom: spec } : { compare: DEFAULT_COMPARE, custom: null };
}

/** The period in an address, at the site's wall clock. */
export function readPeriod(params: URLSearchParams, now: number): Period {
  const spec = parseSpec(params.get("p")) ?? DEFAULT_SPEC;
  const { start, end } = resolve(spec, now);
  const span = { start, end };
  const steps = allowedSteps(span);
  const asked = oneOf(STEPS, params.get("step"));
  const step = asked && steps.includes(asked) ? asked : autoStep(span);
  const { compare, custom } = parseCompare(params.get("cmp"));
  const base = baseSpan(span, compare, now, custom);
  return { spec, span, step, isAutoStep: asked !== step, steps, compare, base };
}

/** The space in an address, if it names one. */
export function readSpaceId(params: URLSearchParams): number | null {
  return Number(params.get("space")) || null;
}

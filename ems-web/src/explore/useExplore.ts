import type { Span, Step } from "@ems/ui";
import { allowedSteps, nextBucket, parseLocal, startOf } from "@ems/ui";
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import { useParam } from "../state/useParam";
import { useView } from "../state/view";
import { type Line, type Lines, useLines } from "./data";
import { formatToken, formatTokens, parseTokens, type Token } from "./tokens";

export const LOOKS = ["time", "duration", "heat", "scatter"] as const;
export type ExploreLook = (typeof LOOKS)[number];

/** Which series, in which look: all of it in the address. */
export interface Explore {
  tokens: readonly Token[];
  look: ExploreLook;
  setLook: (look: ExploreLook) => void;
  span: Span;
  base: Span | null;
  step: Step;
  data: Lines;
  /** Lines that are switched on. */
  shown: readonly Line[];
  hidden: ReadonlySet<string>;
  toggle: (key: string) => void;
  add: (token: Token) => void;
  remove: (...tokens: readonly Token[]) => void;
}

const SEPARATOR = "~";

/** Hours are what habits and peaks are read from, as far as the API gives them. */
function stepOf(look: ExploreLook, step: Step, span: Span): Step {
  const wantsHours = look === "duration" || look === "heat";
  return wantsHours && allowedSteps(span).includes("hourly") ? "hourly" : step;
}

/** The series of the address, or the energy of the space until one is chosen. */
function useTokens(spaceId: number | null): [readonly Token[], (tokens: readonly Token[]) => void] {
  const [params, setParams] = useSearchParams();
  const text = params.get("s");
  const tokens = useMemo((): readonly Token[] => {
    if (text !== null) return parseTokens(text);
    return spaceId === null
      ? []
      : [{ kind: "use", measure: "energy", entity: "space", id: spaceId, category: 0 }];
  }, [text, spaceId]);
  const set = (next: readonly Token[]) =>
    setParams((before) => {
      const changed = new URLSearchParams(before);
      changed.set("s", formatTokens(next));
      return changed;
    });
  return [tokens, set];
}

/** A line without the bucket that is still running. */
export function closedOnly(line: Line, step: Step, now: number): Line {
  const isClosed = (i: number) => nextBucket(parseLocal(line.stamps[i] ?? ""), step) <= now;
  return { ...line, values: line.values.map((value, i) => (isClosed(i) ? value : null)) };
}

export function useExplore(): Explore {
  const view = useView();
  const [tokens, setTokens] = useTokens(view.spaceId);
  const [lookText, setLook] = useParam("view", "time");
  const [hiddenText, setHidden] = useParam("off");
  const look = LOOKS.find((one) => one === lookText) ?? "time";
  const step = stepOf(look, view.step, view.span);
  const base = look === "time" ? view.base : null;
  const data = useLines(tokens, view.span, base, step);
  const hidden = useMemo(() => new Set(hiddenText.split(SEPARATOR).filter(Boolean)), [hiddenText]);
  const nowHour = startOf("hour", view.now);
  const shown = useMemo(() => {
    const lines = data.lines.filter((line) => !hidden.has(line.key));
    // Half an hour, or half a day, is no low one; only a course over time can show it as what it is.
    return look === "time" ? lines : lines.map((line) => closedOnly(line, step, nowHour));
  }, [data.lines, hidden, look, step, nowHour]);
  return {
    tokens,
    look,
    setLook: (next) => setLook(next, true),
    span: view.span,
    base,
    step,
    data,
    shown,
    hidden,
    toggle: (key) => {
      const next = new Set(hidden);
      if (!next.delete(key)) next.add(key);
      setHidden([...next].join(SEPARATOR));
    },
    add: (token) => setTokens([...tokens, token]),
    remove: (...gone) => {
      const keys = new Set(gone.map(formatToken));
      setTokens(tokens.filter((one) => !keys.has(formatToken(one))));
    },
  };
}

/** Units that occur, in order, two to a chart. */
export function unitPairs(lines: readonly Line[]): string[][] {
  const units = [...new Set(lines.map((line) => line.unit))];
  return Array.from({ length: Math.ceil(units.length / 2) }, (_, i) => units.slice(2 * i, 2 * i + 2));
}

import {
  ApiError,
  api,
  displayUnit,
  orderedColor,
  type Span,
  type Step,
  toIsoLocal,
  useTheme,
} from "@ems/ui";
import { keepPreviousData, useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { findEntity } from "../reports/declarations";
import { formatToken, type Token } from "./tokens";

const ESTIMATED_BIT = 1;

/** The same buckets for every series of a period. */
export interface Line {
  /** Of the address. */
  key: string;
  token: Token;
  name: string;
  unit: string;
  color: string;
  /** Local times at which the buckets begin. */
  stamps: readonly string[];
  values: readonly (number | null)[];
  estimated: readonly boolean[];
  baseStamps: readonly string[];
  baseValues: readonly (number | null)[];
}

interface UseAnswer {
  entity: { name: string };
  series: readonly {
    id: number;
    name: string;
    unit: string;
    values: readonly { start: string; value: number | null; quality: number }[];
  }[];
}

interface PointAnswer {
  point: { name: string; units: string | null };
  values: readonly { start: string; mean: number | null }[];
}

export type Answer = UseAnswer | PointAnswer;

/** The part of an answer that a token names. */
export interface Part {
  name: string;
  unit: string;
  stamps: readonly string[];
  values: readonly (number | null)[];
  estimated: readonly boolean[];
}

/** The API's instants are on the site's clock. */
function stampOf(start: string): string {
  return start.slice(0, 19);
}

function readPoint(answer: PointAnswer): Part {
  return {
    name: answer.point.name,
    unit: displayUnit(answer.point.units ?? ""),
    stamps: answer.values.map((value) => stampOf(value.start)),
    values: answer.values.map((value) => value.mean),
    estimated: answer.values.map(() => false),
  };
}

function totalOf(series: UseAnswer["series"][number]): number {
  return series.values.reduce((sum, { value }) => sum + (value ?? 0), 0);
}

/** The series of a category; without one the largest, or for cost and carbon all together. */
function readUse(answer: UseAnswer, token: Extract<Token, { kind: "use" }>): Part | null {
  const { series } = answer;
  const largest = [...series].sort((a, b) => totalOf(b) - totalOf(a))[0];
  const isSum = token.category === 0 && token.measure !== "energy" && series.length > 1;
  const one = token.category === 0 ? largest : series.find((each) => each.id === token.category);
  if (!one) return null;
  const summed = isSum ? series : [one];
  const known = (i: number) => summed.map((each) => each.values[i]?.value ?? null).filter((v) => v !== null);
  return {
    name: isSum ? answer.entity.name : `${answer.entity.name} · ${one.name}`,
    unit: displayUnit(one.unit),
    stamps: one.values.map((value) => stampOf(value.start)),
    values: one.values.map((_, i) => {
      const values = known(i);
      return values.length > 0 ? values.reduce((a, b) => a + b, 0) : null;
    }),
    estimated: one.values.map((_, i) =>
      summed.some((each) => ((each.values[i]?.quality ?? 0) & ESTIMATED_BIT) !== 0),
    ),
  };
}

/** What an answer says of a token; null when it says nothing. */
export function readPart(answer: Answer, token: Token): Part | null {
  if ("point" in answer) return readPoint(answer);
  return token.kind === "use" ? readUse(answer, token) : null;
}

function pathOf(token: Token, step: Step): string {
  if (token.kind === "point") return `/v1/points/${token.id}/values/${step}`;
  const collection = token.entity === "space" ? "spaces" : (findEntity(token.entity)?.collection ?? "");
  return `/v1/${collection}/${token.id}/${token.measure}/${step}`;
}

function queryOf(token: Token, span: Span, step: Step) {
  const path = pathOf(token, step);
  const query = { start: toIsoLocal(span.start), end: toIsoLocal(span.end) };
  return {
    queryKey: ["api", path, query],
    staleTime: 60_000,
    placeholderData: keepPreviousData<Answer>,
    // A thing that is gone or out of reach stays so.
    retry: (count: number, error: Error) =>
      count < 2 && error instanceof ApiError && (error.kind === "network" || error.kind === "server"),
    queryFn: ({ signal }: { signal: AbortSignal }) => api.get<Answer>(path, { query, signal }),
  };
}

export interface Lines {
  lines: readonly Line[];
  isPending: boolean;
  isBusy: boolean;
  /** Series that could not be read, and why. */
  failures: readonly { token: Token; error: unknown }[];
  /** Series that have no value in the period. */
  empty: readonly Token[];
  retry: () => void;
}

/** The series of an address for a period and what it is compared with. */
export function useLines(tokens: readonly Token[], span: Span, base: Span | null, step: Step): Lines {
  const { t } = useTranslation();
  const isDark = useTheme() === "dark";
  const current = useQueries({ queries: tokens.map((token) => queryOf(token, span, step)) });
  const before = useQueries({ queries: base ? tokens.map((token) => queryOf(token, base, step)) : [] });
  const answers = current.map((one) => one.data);
  const bases = before.map((one) => one.data);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the lists are new each time, their members are not
  const lines = useMemo(
    () =>
      tokens.flatMap((token, i): Line[] => {
        const answer = answers[i];
        const part = answer && readPart(answer, token);
        if (!part) return [];
        const baseAnswer = bases[i];
        const ofBase = baseAnswer ? readPart(baseAnswer, token) : null;
        const measure =
          token.kind === "use" && token.measure !== "energy"
            ? ` · ${t(`explore.measures.${token.measure}`)}`
            : "";
        return [
          {
            ...part,
            key: formatToken(token),
            token,
            name: part.name + measure,
            color: orderedColor(i, isDark),
            baseStamps: ofBase?.stamps ?? [],
            baseValues: ofBase?.values ?? [],
          },
        ];
      }),
    [tokens, isDark, t, ...answers, ...bases],
  );
  return {
    lines,
    isPending: current.some((one) => one.isPending),
    isBusy: [...current, ...before].some((one) => one.isPlaceholderData),
    failures: current.flatMap((one, i) => {
      const token = tokens[i];
      return one.isError && one.data === undefined && token ? [{ token, error: one.error }] : [];
    }),
    empty: tokens.filter((_, i) => {
      const answer = answers[i];
      const token = tokens[i];
      return answer !== undefined && token !== undefined && !readPart(answer, token);
    }),
    retry: () => {
      for (const one of current) if (one.isError) void one.refetch();
    },
  };
}

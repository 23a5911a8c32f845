import { Skeleton } from "@ems/ui";
import type { TimeChartProps } from "@ems/ui/chart";
import { lazy, Suspense } from "react";

const TimeChart = lazy(async () => ({ default: (await import("@ems/ui/chart")).TimeChart }));

/** A time chart whose library loads when the first one is shown. */
export function LazyChart(props: TimeChartProps) {
  return (
    <Suspense fallback={<Skeleton height={props.height ?? 320} />}>
      <TimeChart {...props} />
    </Suspense>
  );
}

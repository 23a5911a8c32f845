import { Skeleton } from "@ems/ui";
import type { TimeChartProps } from "@ems/ui/chart";
import { Suspense } from "react";
import { TimeChart } from "./charts";

/** A time chart whose library loads when the first one is shown. */
export function LazyChart(props: TimeChartProps) {
  return (
    <Suspense fallback={<Skeleton height={props.height ?? 320} />}>
      <TimeChart {...props} />
    </Suspense>
  );
}

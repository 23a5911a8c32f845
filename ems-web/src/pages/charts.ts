import { lazy } from "react";

const LATEST_MS = 1_500;

/** When the browser has drawn what it has; numbers come before pictures. */
function whenIdle(): Promise<void> {
  return new Promise((resolve) => {
    // Not every browser tells.
    if (typeof requestIdleCallback === "undefined") setTimeout(resolve, 50);
    else requestIdleCallback(() => resolve(), { timeout: LATEST_MS });
  });
}

async function loadCharts() {
  await whenIdle();
  return import("@ems/ui/chart");
}

/** Charts whose library loads when the first one is shown. */
export const TimeChart = lazy(async () => ({ default: (await loadCharts()).TimeChart }));
export const LiveChart = lazy(async () => ({ default: (await loadCharts()).LiveChart }));

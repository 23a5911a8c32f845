import { lazy } from "react";
import { whenIdle } from "../state/idle";

async function loadCharts() {
  await whenIdle();
  return import("@ems/ui/chart");
}

/** Charts whose library loads when the first one is shown. */
export const TimeChart = lazy(async () => ({ default: (await loadCharts()).TimeChart }));
export const LiveChart = lazy(async () => ({ default: (await loadCharts()).LiveChart }));

import {
  Activity,
  ChartColumn,
  ChartNoAxesCombined,
  CircleGauge,
  Coins,
  House,
  Layers,
  Leaf,
  Sigma,
  Workflow,
  Zap,
} from "lucide-react";
import type { ReactNode } from "react";
import { REPORTS, type ReportDeclaration } from "../reports/declarations";

export interface Destination {
  /** Key of the name among the texts. */
  key: string;
  to: string;
  icon: ReactNode;
  /** Second key after `g`. */
  shortcut: string;
}

const REPORT_ICONS: Record<ReportDeclaration["icon"], ReactNode> = {
  energy: <Zap size={18} />,
  items: <Layers size={18} />,
  cost: <Coins size={18} />,
  carbon: <Leaf size={18} />,
  load: <Activity size={18} />,
  statistics: <Sigma size={18} />,
};

const SHORTCUTS: Record<string, string> = {
  energycategory: "e",
  energyitem: "i",
  cost: "c",
  carbon: "b",
  load: "l",
  statistics: "s",
};

export const PLACES: readonly Destination[] = [
  { key: "nav.home", to: "/", icon: <House size={18} />, shortcut: "h" },
  { key: "nav.flow", to: "/flow", icon: <Workflow size={18} />, shortcut: "f" },
  { key: "nav.meters", to: "/meters", icon: <CircleGauge size={18} />, shortcut: "m" },
];

export const REPORT_PLACES: readonly Destination[] = REPORTS.map((report) => ({
  key: `report.${report.kind}.name`,
  to: `/report/space/${report.kind}`,
  icon: REPORT_ICONS[report.icon],
  shortcut: SHORTCUTS[report.kind] ?? "",
}));

export const MORE_ICON = <ChartColumn size={18} />;
export const REPORTS_ICON = <ChartNoAxesCombined size={18} />;

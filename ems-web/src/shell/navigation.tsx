import {
  Activity,
  CircleGauge,
  Coins,
  Factory,
  Gauge,
  HandCoins,
  House,
  Layers,
  Leaf,
  PiggyBank,
  Sigma,
  Target,
  TrendingUp,
  Workflow,
  Zap,
} from "lucide-react";
import type { ReactNode } from "react";
import { REPORTS, type ReportDeclaration, type ReportIcon } from "../reports/declarations";

export interface Destination {
  /** Key of the name among the texts. */
  key: string;
  to: string;
  icon: ReactNode;
  /** Second key after `g`. */
  shortcut: string;
}

const REPORT_ICONS: Record<ReportIcon, ReactNode> = {
  energy: <Zap size={18} />,
  items: <Layers size={18} />,
  cost: <Coins size={18} />,
  carbon: <Leaf size={18} />,
  load: <Activity size={18} />,
  statistics: <Sigma size={18} />,
  output: <Factory size={18} />,
  income: <HandCoins size={18} />,
  efficiency: <Gauge size={18} />,
  saving: <PiggyBank size={18} />,
  plan: <Target size={18} />,
  prediction: <TrendingUp size={18} />,
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

function toDestination(report: ReportDeclaration): Destination {
  return {
    key: `report.${report.kind}.name`,
    to: `/report/space/${report.kind}`,
    icon: REPORT_ICONS[report.icon],
    shortcut: SHORTCUTS[report.kind] ?? "",
  };
}

/** Reports that everyone opens. */
export const REPORT_PLACES: readonly Destination[] = REPORTS.filter((r) => !r.isRare).map(toDestination);

/** Reports that some open now and then. */
export const RARE_PLACES: readonly Destination[] = REPORTS.filter((r) => r.isRare).map(toDestination);

export const ALL_PLACES: readonly Destination[] = [...PLACES, ...REPORT_PLACES, ...RARE_PLACES];

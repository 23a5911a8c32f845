import {
  Activity,
  BatteryCharging,
  Bell,
  Cable,
  ChartSpline,
  CircleGauge,
  Coins,
  Factory,
  FolderDown,
  Gauge,
  GitCompareArrows,
  HandCoins,
  House,
  Layers,
  Leaf,
  ListChecks,
  Map as MapIcon,
  Network,
  PiggyBank,
  PlugZap,
  ReceiptText,
  Scale,
  Sigma,
  SlidersHorizontal,
  Split,
  Sun,
  Table,
  Target,
  Thermometer,
  TrendingUp,
  Wallet,
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
  /** Pages at other addresses that belong to this one. */
  also?: RegExp;
}

/** Destinations under one heading. */
export interface Group {
  /** Key of the heading among the texts; empty: always open, without a heading. */
  key: string;
  places: readonly Destination[];
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

function place(key: string, to: string, icon: ReactNode, shortcut = "", also?: RegExp): Destination {
  return { key: `nav.${key}`, to, icon, shortcut, also };
}

function toDestination(report: ReportDeclaration): Destination {
  return {
    key: `report.${report.kind}.name`,
    to: `/report/space/${report.kind}`,
    icon: REPORT_ICONS[report.icon],
    shortcut: SHORTCUTS[report.kind] ?? "",
    // A report stays marked whichever kind of entity it is opened for.
    also: new RegExp(`^/report/\\w+/${report.kind}$`),
  };
}

const HOME = place("home", "/", <House size={18} />, "h");
const FLOW = place("flow", "/flow", <Workflow size={18} />, "f");
const METERS = place("meters", "/meters", <CircleGauge size={18} />, "m", /^\/meters\/\d+$/);

/** Reports that everyone opens, and those that some open now and then. */
const COMMON = REPORTS.filter((report) => !report.isRare).map(toDestination);
const RARE = REPORTS.filter((report) => report.isRare).map(toDestination);

/** The navigation, in order. */
export const GROUPS: readonly Group[] = [
  { key: "", places: [HOME, FLOW, place("alarms", "/alarms", <Bell size={18} />, "a")] },
  { key: "nav.reports", places: COMMON },
  { key: "nav.moreReports", places: RARE },
  {
    key: "nav.analysis",
    places: [
      place("explore", "/explore", <ChartSpline size={18} />, "x"),
      place("compare", "/compare/space", <GitCompareArrows size={18} />, "v", /^\/compare\//),
      place("batch", "/batch/equipment", <Table size={18} />, "o", /^\/batch\//),
      place("energyFlow", "/energy-flow", <Split size={18} />, "y"),
      place("map", "/map", <MapIcon size={18} />, "k"),
    ],
  },
  {
    key: "nav.metering",
    places: [
      METERS,
      place("registers", "/meters/registers", <ListChecks size={18} />, "r"),
      place("balance", "/meters/balance", <Scale size={18} />),
      place("singleLine", "/single-line", <Network size={18} />),
      place("environment", "/environment", <Thermometer size={18} />),
    ],
  },
  {
    key: "nav.plants",
    places: [
      place("control", "/control", <SlidersHorizontal size={18} />, "n"),
      place("microgrid", "/plants/microgrid", <Cable size={18} />),
      place("storage", "/plants/storage", <BatteryCharging size={18} />),
      place("photovoltaic", "/plants/photovoltaic", <Sun size={18} />),
      place("charging", "/plants/charging", <PlugZap size={18} />),
    ],
  },
  {
    key: "nav.documents",
    places: [
      place("library", "/reports", <FolderDown size={18} />, "d", /^\/reports\//),
      place("budgets", "/budgets", <Wallet size={18} />, "u"),
      place("bills", "/bill", <ReceiptText size={18} />),
    ],
  },
];

export const ALL_PLACES: readonly Destination[] = GROUPS.flatMap((group) => group.places);

/** Places that have a key of their own. */
export const KEYED_PLACES: readonly Destination[] = ALL_PLACES.filter((one) => one.shortcut !== "");

const ENERGY = COMMON[0] ?? HOME;

/** The navigation of somebody: without what they may not open. */
export function groupsFor(mayOpen: (path: string) => boolean): readonly Group[] {
  return GROUPS.map((group) => ({
    ...group,
    places: group.places.filter((one) => mayOpen(one.to)),
  })).filter((group) => group.places.length > 0);
}

/** The destinations of the phone's bottom bar; a fifth opens the rest. */
export const PHONE_PLACES: readonly Destination[] = [HOME, FLOW, ENERGY, METERS];

/** Whether a path belongs to a destination. */
export function isAt(destination: Destination, pathname: string): boolean {
  return pathname === destination.to || destination.also?.test(pathname) === true;
}

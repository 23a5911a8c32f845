import {
  Activity,
  Archive,
  FileSpreadsheet,
  Grid3x3,
  type LucideIcon,
  ScrollText,
  UserCheck,
} from "lucide-react";

/** A page that is no list of a resource. */
export interface Tool {
  /** Its address, and its name in the texts (`tool.…`). */
  path: string;
  /** The group of resources beside which it stands. */
  group: string;
  icon: LucideIcon;
}

export const TOOLS: readonly Tool[] = [
  { path: "pipeline", group: "operation", icon: Activity },
  { path: "matrix", group: "metering", icon: Grid3x3 },
  { path: "files", group: "metering", icon: FileSpreadsheet },
  { path: "registrations", group: "users", icon: UserCheck },
  { path: "audit", group: "users", icon: ScrollText },
  { path: "archive", group: "site", icon: Archive },
];

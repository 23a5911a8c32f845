import type { QueryValue } from "@ems/ui/api/client";

/** The power flow now, and as it was. */
export const FLOW_PATH = "/v1/site/flow";
export const HISTORY_PATH = "/v1/site/flow/history";
export const HISTORY_QUERY: Record<string, QueryValue> = { minutes: 60 };

/** The meters below a space with their newest values. */
export const LIVE_METERS_PATH = "/v1/meters/live";

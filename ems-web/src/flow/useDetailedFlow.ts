import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLiveMeters } from "../live/meters";
import { SILENT_AFTER_MS } from "../live/silent";
import { type Flow, liveStore } from "../live/store";
import { useSpaceTree } from "../state/spaces";
import { buildingParts, largest, splitBuildings } from "./buildings";

/** The power flow with its largest buildings as nodes of their own; null until it is known which they are. */
export function useDetailedFlow(flow: Flow | null, most: number): Flow | null {
  const { t } = useTranslation();
  const { data: root, isPending: isTreeAwaited } = useSpaceTree();
  const isSplittable = flow !== null && flow.nodes.filter((node) => node.kind === "building").length === 1;
  const live = useLiveMeters(isSplittable ? (root?.id ?? null) : null);
  const meters = live.data;
  // Chosen once: a building must not come and go as its power changes.
  const chosen = useRef<readonly number[]>([]);
  // Drawn once: a picture that grows a moment later moves what stands below it.
  if (isSplittable && (isTreeAwaited || (root && live.isLoading))) return null;
  if (!flow || !root || !meters || !isSplittable) return flow;
  const now = Date.now();
  const loaded = new Map(meters.flatMap((m) => (m.power ? [[m.power.id, m.power] as const] : [])));
  const parts = buildingParts(root, meters, (pointId) => {
    const newest = liveStore.point(pointId) ?? loaded.get(pointId);
    const isFresh =
      newest?.utc !== undefined && newest.utc !== null && now - Date.parse(newest.utc) < SILENT_AFTER_MS;
    return isFresh ? (newest?.value ?? null) : null;
  });
  if (chosen.current.length === 0) chosen.current = largest(parts, most);
  return { ...flow, nodes: splitBuildings(flow.nodes, parts, chosen.current, t("flow.rest")) };
}

import type { EntityItem } from "../reports/parts/ItemPicker";
import { useMayOpen } from "../state/rights";
import { useApi } from "../state/useApi";
import type { Token } from "./tokens";

const OUTDOOR = /outdoor|outside|weather|au(ß|ss)en|wetter|室外|气象/i;
const STALE_MS = 10 * 60_000;

interface Point {
  id: number;
  name: string;
  units?: string | null;
}

/** The point of the outdoor temperature: that of the first sensor whose name says it is outside. */
export function useOutdoorPoint(): Token | null {
  const query = { fields: "id,name" };
  const isEnabled = useMayOpen()("/meters");
  const sensors = useApi<EntityItem[]>("/v1/sensors", query, { staleMs: STALE_MS, isEnabled }).data ?? [];
  const sensor = sensors.find((one) => OUTDOOR.test(one.name));
  const points = useApi<Point[]>(
    `/v1/sensors/${sensor?.id ?? 0}/points`,
    {},
    { isEnabled: sensor !== undefined, staleMs: STALE_MS },
  ).data;
  const point = points?.find((one) => /°[CF]/.test(one.units ?? "") || /temp/i.test(one.name));
  return sensor && point ? { kind: "point", id: point.id } : null;
}

import { api } from "@ems/ui";
import { queryOptions, useQuery } from "@tanstack/react-query";
import type { Permissions } from "./modules";
import { ME_PATH } from "./paths";

/** What the API says of the caller: rights by module, second factor. */
export interface Me {
  /** Whether every row of the site is within reach, also what belongs to nobody in particular. */
  whole_site: boolean;
  permissions: Permissions;
  second_factor: { is_on: boolean; recovery_codes_left: number };
  password_days_left: number;
}

export const meQuery = queryOptions({
  queryKey: ["api", ME_PATH, {}],
  staleTime: 60_000,
  queryFn: ({ signal }) => api.get<Me>(ME_PATH, { signal }),
});

/** The caller, as the API sees them. */
export function useMe(isEnabled = true) {
  return useQuery({ ...meQuery, enabled: isEnabled });
}

/** Whether the caller may do something of a module; false until it is known. */
export function useMay(module: string, action: string): boolean {
  return useMe().data?.permissions[module]?.includes(action) ?? false;
}

import { useApi } from "./useApi";

/** What the API says of the caller: rights by module, second factor. */
export interface Me {
  /** Whether every row of the site is within reach, also what belongs to nobody in particular. */
  whole_site: boolean;
  permissions: Readonly<Record<string, readonly string[]>>;
  second_factor: { is_on: boolean; recovery_codes_left: number };
  password_days_left: number;
}

/** The caller, as the API sees them. */
export function useMe() {
  return useApi<Me>("/v1/users/me", {}, { staleMs: 60_000 });
}

/** Whether the caller may do something of a module; false until it is known. */
export function useMay(module: string, action: string): boolean {
  return useMe().data?.permissions[module]?.includes(action) ?? false;
}

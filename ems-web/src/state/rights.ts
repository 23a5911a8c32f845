import { useSession } from "@ems/ui";
import { createContext, useContext, useMemo } from "react";
import { useMe } from "./me";
import { mayOpenWith } from "./modules";

/** Says of the path of a page whether the user may see what it shows. */
export type MayOpen = (path: string) => boolean;

const mayAll: MayOpen = () => true;

export const MayOpenContext = createContext<MayOpen>(mayAll);

/** What the user may open; everything until it is known. */
export function useMayOpen(): MayOpen {
  return useContext(MayOpenContext);
}

/** Read the rights; null until they are known, or known to be unknown: pages ask for nothing that they may not have. */
export function useReadRights(): MayOpen | null {
  const isAdmin = useSession().user?.isAdmin ?? false;
  const { data, isError } = useMe(!isAdmin);
  const permissions = data?.permissions;
  return useMemo(() => {
    if (permissions) return (path) => mayOpenWith(permissions, path);
    return isAdmin || isError ? mayAll : null;
  }, [permissions, isAdmin, isError]);
}

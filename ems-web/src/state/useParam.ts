import { useSearchParams } from "react-router";

/** A member of the address; empty takes it out. Changing it makes no new step back unless `isStep`. */
export function useParam(name: string, fallback = ""): [string, (value: string, isStep?: boolean) => void] {
  const [params, setParams] = useSearchParams();
  const set = (value: string, isStep = false) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === "" || value === fallback) next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: !isStep },
    );
  return [params.get(name) ?? fallback, set];
}

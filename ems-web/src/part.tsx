import { type ComponentType, lazy } from "react";

/**
 * A part of the application whose code loads when it is needed.
 *
 * Preloaded it is drawn at once; waiting for it, however short, would show nothing or a skeleton first.
 */
export function partOf(load: () => Promise<{ default: ComponentType }>) {
  let loaded: ComponentType | null = null;
  const Later = lazy(load);
  return {
    preload: async (): Promise<void> => {
      loaded = (await load()).default;
    },
    Part() {
      if (!loaded) return <Later />;
      const Loaded = loaded;
      return <Loaded />;
    },
  };
}

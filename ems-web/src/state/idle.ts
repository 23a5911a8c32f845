const LATEST_MS = 1_500;

/** When the browser has drawn what it has; numbers come before pictures. */
export function whenIdle(): Promise<void> {
  return new Promise((resolve) => {
    // Not every browser tells.
    if (typeof requestIdleCallback === "undefined") setTimeout(resolve, 50);
    else requestIdleCallback(() => resolve(), { timeout: LATEST_MS });
  });
}

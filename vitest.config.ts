import { defineConfig } from "vitest/config";

/** Unit tests of both front ends and their shared package; they need no server. */
export default defineConfig({
  test: {
    environment: "happy-dom",
    include: [
      "ems-web/tests/**/*.test.{ts,tsx}",
      "ems-web/packages/ui/tests/**/*.test.{ts,tsx}",
      "ems-admin/tests/**/*.test.{ts,tsx}",
    ],
    // The browser's zone must not matter: one far from the site's shows it.
    env: { TZ: "Pacific/Auckland" },
  },
});

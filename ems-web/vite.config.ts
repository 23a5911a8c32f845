import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compress, preloadModules } from "./scripts/plugins.ts";

/** What the first page is made of, besides what begins the visit; see src/main.ts. */
const FIRST_PAGE = ["/src/start.tsx", "/src/pages/HomePage.tsx"];

/** Where the development server sends /api; the reverse proxy does it in production. */
const API_URL = process.env.EMS_API_URL ?? "http://127.0.0.1:18000";

export default defineConfig({
  plugins: [react(), preloadModules(FIRST_PAGE), compress()],
  base: "/",
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy: {
      "/api": { target: API_URL, changeOrigin: false, rewrite: (path) => path.replace(/^\/api/, "") },
    },
  },
  build: {
    target: "es2022",
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // Two files for the first page instead of two dozen: a browser fetches six at a time.
          groups: [
            { name: "begin", tags: ["$initial"], priority: 2 },
            { name: "app", test: (id) => FIRST_PAGE.some((end) => id.endsWith(end)), priority: 1 },
          ],
        },
      },
    },
  },
});

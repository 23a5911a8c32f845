import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { compress, preloadModules } from "./scripts/plugins";

/** Where the development server sends /api; the reverse proxy does it in production. */
const API_URL = process.env.EMS_API_URL ?? "http://127.0.0.1:18000";

export default defineConfig({
  plugins: [react(), preloadModules(["/src/start.tsx", "/src/pages/HomePage.tsx"]), compress()],
  base: "/",
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy: {
      "/api": { target: API_URL, changeOrigin: false, rewrite: (path) => path.replace(/^\/api/, "") },
    },
  },
  build: { target: "es2022", reportCompressedSize: false, chunkSizeWarningLimit: 700 },
});

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where the development server sends /api; the reverse proxy does it in production. */
const API_URL = process.env.EMS_API_URL ?? "http://127.0.0.1:18000";

export default defineConfig({
  plugins: [react()],
  base: "/admin/",
  server: {
    host: "127.0.0.1",
    port: 5174,
    proxy: {
      "/api": { target: API_URL, changeOrigin: false, rewrite: (path) => path.replace(/^\/api/, "") },
    },
  },
  build: { target: "es2022", reportCompressedSize: false, chunkSizeWarningLimit: 1200 },
});

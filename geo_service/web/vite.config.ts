import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** During development the service itself (make run) answers everything that is not a file of this folder. */
const service = process.env.GEO_SERVICE_URL ?? "http://localhost:8000";
const backend = ["/api", "/tiles", "/live", "/health", "/stac"];

export default defineConfig({
  base: "/",
  plugins: [react()],
  build: {
    outDir: "dist",
    // a `data:` address would need its own permission in the Content-Security-Policy
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        // the map's worker keeps a name that every static file server knows as a script
        assetFileNames: ({ names }) =>
          names.some((name) => name.endsWith(".mjs"))
            ? "assets/[name]-[hash].js"
            : "assets/[name]-[hash][extname]",
        codeSplitting: {
          groups: [
            { name: "maplibre", test: /node_modules[\\/]maplibre-gl/ },
            { name: "vendor", test: /node_modules/ },
          ],
        },
      },
    },
  },
  server: {
    proxy: Object.fromEntries(backend.map((path) => [path, { target: service, changeOrigin: true }])),
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});

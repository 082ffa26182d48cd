/** The build of the page: relative assets, so that it works under any path; nothing inline, so that its policy can be strict. */
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  plugins: [react(), tailwindcss()],
  build: {
    outDir: "dist/app",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ["chrome123", "firefox120", "safari17.5"],
    sourcemap: false,
    manifest: "manifest.json",
    chunkSizeWarningLimit: 1_000,
  },
});

import { defineConfig } from "vite";

export default defineConfig({
  // Relative addresses: the page may lie below any path of a web server.
  base: "./",
  build: {
    target: "es2022",
    outDir: "dist/page",
    sourcemap: true,
    manifest: true,
    // Data URLs and an injected polyfill would need exceptions in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});

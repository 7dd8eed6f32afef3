import { resolve } from "node:path";
import { defineConfig } from "vite";
import { compactOperations } from "../compact-operations.js";
import { compressFiles } from "../compress-files.js";
import { plainDynamicImports } from "../plain-dynamic-imports.js";

const web = resolve(import.meta.dirname, "..");

/**
 * The console is built by itself: what it shares with the widget is in each of them, so that no change here makes the widget larger.
 */
export default defineConfig({
  root: web,
  base: "/",
  publicDir: false,
  plugins: [compactOperations(), plainDynamicImports({ styles: true }), compressFiles({ gzip: true })],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    modulePreload: { polyfill: false },
    // An inlined file would be blocked by the pages' content security policy.
    assetsInlineLimit: 0,
    rolldownOptions: { input: { console: resolve(web, "console/index.html") } },
  },
});

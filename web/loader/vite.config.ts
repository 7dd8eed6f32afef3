import { resolve } from "node:path";
import { defineConfig } from "vite";
import { compressFiles } from "../compress-files.js";

/** One file without imports, so that a website needs nothing but its script tag. */
export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  plugins: [compressFiles({ gzip: true })],
  build: {
    target: "es2022",
    // light-dark() is not to be rewritten: all browsers have it since May 2024.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    lib: {
      entry: resolve(import.meta.dirname, "loader.ts"),
      formats: ["iife"],
      name: "afterchatLoader",
      fileName: () => "afterchat.js",
    },
  },
});

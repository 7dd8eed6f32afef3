import { defineConfig } from "vite";
import { compressFiles } from "../compress-files.js";

/** GraphiQL, apart from the pages: it is a hundred times as large as the widget, and only developers open it. */
export default defineConfig({
  root: import.meta.dirname,
  base: "/explorer/",
  publicDir: false,
  plugins: [compressFiles({ gzip: false })],
  build: {
    target: "es2022",
    modulePreload: false,
    chunkSizeWarningLimit: 4_000,
    rolldownOptions: {
      onLog: (level, log, handle) => {
        // What "use client" means is for servers that render React.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") handle(level, log);
      },
    },
  },
});

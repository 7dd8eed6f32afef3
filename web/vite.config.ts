import { resolve } from "node:path";
import { defineConfig } from "vite";
import { compactOperations } from "./compact-operations.js";
import { compressFiles } from "./compress-files.js";
import { includeParts } from "./include-parts.js";
import { compileMessages } from "./language/compile-messages.js";
import { plainDynamicImports } from "./plain-dynamic-imports.js";

const web = import.meta.dirname;

/**
 * The pages: each HTML file here is an entry, and shares its chunks with the others. The loader, the console, the mailbox and the API
 * explorer are built by themselves, with the vite.config.ts in their folders. scripts/build-pages.ts says where to.
 */
export default defineConfig({
  root: web,
  base: "/",
  publicDir: false,
  plugins: [
    compileMessages(),
    compactOperations(),
    plainDynamicImports({ styles: false }),
    includeParts(resolve(web, "website/parts")),
    compressFiles({ gzip: true }),
  ],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    // light-dark() is not to be rewritten: all browsers have it since May 2024.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    modulePreload: false,
    // An inlined file would be blocked by the pages' content security policy.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        widget: resolve(web, "widget/index.html"),
        website: resolve(web, "website/index.html"),
        repairs: resolve(web, "website/repairs.html"),
        rent: resolve(web, "website/rent.html"),
      },
    },
  },
});

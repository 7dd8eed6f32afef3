import { resolve } from "node:path";
import { defineConfig } from "vite";
import pages from "../vite.config.js";

/**
 * The mailbox is built by itself, as the console is: Preact would otherwise become a chunk that it shares with the widget, which takes
 * another request and more bytes on each website.
 */
export default defineConfig({
  ...pages,
  build: {
    ...pages.build,
    // What these share is loaded beside what needs it, not after it.
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { mailbox: resolve(import.meta.dirname, "index.html") } },
  },
});

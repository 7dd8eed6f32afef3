import { resolve } from "node:path";
import { defineConfig } from "vite";
import pages from "./vite.config.js";

const web = import.meta.dirname;

/**
 * The pages for staff and developers: built apart from the widget, which would otherwise share Preact with them as a chunk of its own, and
 * take another request and more bytes on each website.
 */
export default defineConfig({
  ...pages,
  build: {
    ...pages.build,
    // What these share is loaded beside what needs it, not after it.
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { mailbox: resolve(web, "mailbox/index.html") } },
  },
});

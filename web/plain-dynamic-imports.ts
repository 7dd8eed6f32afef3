import type { Plugin } from "vite";

const withoutStyles = "export const __vitePreload = (load) => load();";
const withStyles = `
const loadStyle = (path) => {
  const href = "/" + path;
  if (document.querySelector('link[href="' + href + '"]')) return;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  return new Promise((resolve, reject) => {
    Object.assign(link, { onload: resolve, onerror: reject });
    document.head.append(link);
  });
};
export const __vitePreload = (load, paths = []) =>
  Promise.all(paths.filter((path) => path.endsWith(".css")).map(loadStyle)).then(load);`;

/**
 * What Vite puts round a dynamic import, in a tenth of its size: its own loads the chunks of chunks ahead, which are few here.
 * @param styles whether parts that are loaded later bring styles
 */
export function plainDynamicImports({ styles }: { readonly styles: boolean }): Plugin {
  return {
    name: "plain-dynamic-imports",
    enforce: "pre",
    load: (id) => (id.endsWith("vite/preload-helper.js") ? (styles ? withStyles : withoutStyles) : null),
  };
}

import type { Plugin } from "vite";

/** Takes line breaks and indentation out of GraphQL operations, which are written for readers. */
export function compactOperations(): Plugin {
  return {
    name: "compact-operations",
    enforce: "pre",
    transform(code, id) {
      if (!/\/(operations|fragments)\.ts$/.test(id)) return null;
      const compact = code.replace(
        /\/\* GraphQL \*\/ `([^`]*)`/g,
        (_, text: string) => `\`${text.replace(/\s+/g, " ").replace(/ ?([{}():,!]) ?/g, "$1")}\``,
      );
      return { code: compact, map: null };
    },
  };
}

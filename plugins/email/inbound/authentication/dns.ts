import { Resolver } from "node:dns/promises";
import type { Resolve } from "./authenticate-sender.js";

const timeoutMs = 2_000;

/** DNS lookups with a short timeout, so that an unavailable resolver does not delay emails for long. */
export function createResolver(): { readonly resolve: Resolve; close(): void } {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
  return {
    resolve: async (name, type) => (await resolver.resolve(name, type)) as string[] | string[][],
    close: () => resolver.cancel(),
  };
}

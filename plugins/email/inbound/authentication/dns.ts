import { Resolver } from "node:dns/promises";
import type { Resolve } from "./authenticate-sender.js";

const lookUpMs = 2_000;

/** Look-ups that end soon, so that a resolver which is away delays no mail for long. */
export function resolveWithin(): { readonly resolve: Resolve; close(): void } {
  const resolver = new Resolver({ timeout: lookUpMs, tries: 1 });
  return {
    resolve: async (name, type) => (await resolver.resolve(name, type)) as string[] | string[][],
    close: () => resolver.cancel(),
  };
}

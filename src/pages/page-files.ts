import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const inDist = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Where the pages of web/ are built to, and packed with the program. */
export const pagesFolder = inDist("pages/");
/** The same for the API explorer. */
export const explorerFolder = inDist("explorer/");
/** Builds either; not in the package, which contains them. */
export const builder = inDist("scripts/build-pages.js");

/** Null, or what to do: a program that was compiled in another way may lack them. */
export function missingPages(): string | null {
  return existsSync(`${pagesFolder}afterchat.js`)
    ? null
    : "The pages are not built: run `npm run build`, or install the package afterchat.";
}

import { parseAddressHeader } from "mailparser";

/** Longer address lists are cut: nobody reads them, and their parsing costs time. */
const longestList = 10_000;
const mostLists = 10;

/** The addresses in values of From, To and the like, groups included; in ASCII, without names. */
export function addressesIn(values: readonly string[]): readonly string[] {
  return values
    .slice(0, mostLists)
    .flatMap((value) => parseAddressHeader(value.slice(0, longestList), { flatten: true, decodePunycode: false }).value)
    .map(({ address }) => address ?? "")
    .filter((address) => address !== "");
}

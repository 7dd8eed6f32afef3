import { parseAddressHeader } from "mailparser";

/** Longer address lists are cut: nobody reads them, and their parsing costs time. */
const maxList = 10_000;
const maxLists = 10;

/** The addresses in values of From, To and the like, groups included; in ASCII, without names. */
export function addressesIn(values: readonly string[]): readonly string[] {
  return values
    .slice(0, maxLists)
    .flatMap((value) => parseAddressHeader(value.slice(0, maxList), { flatten: true, decodePunycode: false }).value)
    .map(({ address }) => address ?? "")
    .filter((address) => address !== "");
}

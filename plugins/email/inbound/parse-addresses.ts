import { parseAddressHeader } from "mailparser";

/** Longer address lists are truncated, because parsing them is expensive. */
const maxListLength = 10_000;
const maxLists = 10;

/** The addresses in the values of From, To and similar fields, including groups; in ASCII, without names. */
export function parseAddresses(values: readonly string[]): readonly string[] {
  return values
    .slice(0, maxLists)
    .flatMap(
      (value) => parseAddressHeader(value.slice(0, maxListLength), { flatten: true, decodePunycode: false }).value,
    )
    .map(({ address }) => address ?? "")
    .filter((address) => address !== "");
}

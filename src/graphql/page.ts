/** Which part of an ordered list to read. `cursor` holds the sort keys of the row to continue from; null: from the end. */
export interface PageRequest {
  /** `forward`: the rows after the cursor. `backward`: the rows before it. Items are in the list's own order either way. */
  readonly direction: "forward" | "backward";
  /** 0 to 100. */
  readonly limit: number;
  readonly cursor: readonly (string | number)[] | null;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** Builds the page from rows that were read with a limit of one more than `limit`, nearest to the cursor first. */
export function pageOf<T>(rows: readonly T[], request: PageRequest): Page<T> {
  const more = rows.length > request.limit;
  const items = rows.slice(0, request.limit);
  return request.direction === "forward"
    ? { items, hasNextPage: more, hasPreviousPage: request.cursor !== null }
    : { items: items.reverse(), hasNextPage: request.cursor !== null, hasPreviousPage: more };
}

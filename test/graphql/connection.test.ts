import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { UserError } from "../../src/errors.js";
import {
  Connection,
  encodeCursor,
  newestFirstCursor,
  newestFirstKeys,
  positionCursor,
  readForwardPage,
  readPage,
} from "../../src/graphql/connection.js";
import { type Page, type PageRequest, pageOf } from "../../src/graphql/page.js";

const positions = fc
  .integer({ min: 1, max: 60 })
  .map((count) => Array.from({ length: count }, (_, index) => index + 1));
const size = fc.integer({ min: 1, max: 100 });

/** Does what a list function does in SQL, on a list in memory. */
function listFrom(all: readonly number[], request: PageRequest): Page<number> {
  const from = request.cursor?.[0] as number | undefined;
  const rows =
    request.direction === "forward"
      ? all.filter((position) => position > (from ?? 0))
      : all.filter((position) => position < (from ?? Number.POSITIVE_INFINITY)).reverse();
  return pageOf(rows.slice(0, request.limit + 1), request);
}

function pageThrough(
  all: readonly number[],
  next: (cursor: string | null) => PageRequest,
  direction: "forward" | "backward",
) {
  const seen: number[][] = [];
  let cursor: string | null = null;
  for (;;) {
    const page: Page<number> = listFrom(all, next(cursor));
    const { nodes, pageInfo } = new Connection(page, (position) => [position]);
    seen.push([...nodes]);
    const more = direction === "forward" ? pageInfo.hasNextPage : pageInfo.hasPreviousPage;
    if (!more) return seen;
    cursor = direction === "forward" ? pageInfo.endCursor : pageInfo.startCursor;
  }
}

function errorOf(read: () => unknown): unknown {
  try {
    read();
  } catch (error) {
    if (error instanceof UserError) return error.extensions;
    throw error;
  }
  return null;
}

describe("pages", () => {
  test("paging forward returns every row once and in order, for any page size", () => {
    fc.assert(
      fc.property(positions, size, (all, first) => {
        const pages = pageThrough(all, (after) => readPage({ first, after }, positionCursor), "forward");
        expect(pages.flat()).toEqual(all);
      }),
    );
  });

  test("paging back returns every row once, each page in list order", () => {
    fc.assert(
      fc.property(positions, size, (all, last) => {
        const pages = pageThrough(all, (before) => readPage({ last, before }, positionCursor), "backward");
        expect(pages.toReversed().flat()).toEqual(all);
      }),
    );
  });

  test("pageInfo has the cursors of the first and last row, and says whether rows precede or follow", () => {
    const page = listFrom([1, 2, 3, 4, 5], readPage({ first: 2, after: encodeCursor([1]) }, positionCursor));
    const { nodes, edges, pageInfo } = new Connection(page, (position) => [position]);
    expect(nodes).toEqual([2, 3]);
    expect(edges.map(({ cursor }) => cursor)).toEqual([encodeCursor([2]), encodeCursor([3])]);
    expect(pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: true,
      startCursor: encodeCursor([2]),
      endCursor: encodeCursor([3]),
    });
  });

  test("an empty page has no cursors", () => {
    const { pageInfo } = new Connection(listFrom([], readPage({}, positionCursor)), () => [0]);
    expect(pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null });
  });
});

describe("page arguments", () => {
  test("lists return the first 25 rows by default, messages the last 25", () => {
    expect(readForwardPage({ first: null }, positionCursor)).toEqual({ direction: "forward", limit: 25, cursor: null });
    expect(readPage({}, positionCursor)).toEqual({ direction: "backward", limit: 25, cursor: null });
  });

  test("'after' alone pages forward, 'before' alone pages back", () => {
    expect(readPage({ after: encodeCursor([7]) }, positionCursor)).toEqual({
      direction: "forward",
      limit: 25,
      cursor: [7],
    });
    expect(readPage({ before: encodeCursor([7]) }, positionCursor)).toEqual({
      direction: "backward",
      limit: 25,
      cursor: [7],
    });
  });

  test("a page has 0 to 100 rows", () => {
    fc.assert(
      fc.property(fc.integer({ min: -200, max: 300 }), (count) => {
        const wrong = count < 0 || count > 100;
        expect(errorOf(() => readPage({ first: count }, positionCursor))).toEqual(
          wrong ? { code: "BAD_USER_INPUT", field: "first" } : null,
        );
        expect(errorOf(() => readPage({ last: count }, positionCursor))).toEqual(
          wrong ? { code: "BAD_USER_INPUT", field: "last" } : null,
        );
      }),
    );
  });

  test.each([
    { args: { first: 2, last: 2 }, field: "last" },
    { args: { after: encodeCursor([1]), last: 2 }, field: "last" },
    { args: { first: 2, before: encodeCursor([1]) }, field: "before" },
    { args: { after: encodeCursor([1]), before: encodeCursor([3]) }, field: "before" },
  ])("refuses contradictory arguments: $args", ({ args, field }) => {
    expect(errorOf(() => readPage(args, positionCursor))).toEqual({ code: "BAD_USER_INPUT", field });
  });

  test("refuses anything that is not a cursor of the list", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => Buffer.from(json).toString("base64url")),
        ),
        (after) => {
          const error = errorOf(() => readForwardPage({ first: 1, after }, newestFirstCursor));
          expect(error).toEqual({ code: "BAD_USER_INPUT", field: "after" });
        },
      ),
    );
    for (const keys of [[-1], [2 ** 31], [1.5], ["1"], [1, 2], []]) {
      const error = errorOf(() => readPage({ before: encodeCursor(keys) }, positionCursor));
      expect(error).toEqual({ code: "BAD_USER_INPUT", field: "before" });
    }
  });

  test("the cursor of an instant and an id round-trips", () => {
    const keys = newestFirstKeys(new Date(1_790_000_000_123), "019386f4-9b4e-7a51-8c4c-3d2b1a0f9e8d");
    expect(readForwardPage({ after: encodeCursor(keys) }, newestFirstCursor).cursor).toEqual(keys);
  });
});

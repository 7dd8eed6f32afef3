import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readForm } from "../../../../../plugins/email/inbound/providers/read-form.js";
import { type Fields, multipart, urlencoded } from "./provider-posts.js";

const name = fc.stringMatching(/^[a-zA-Z][a-zA-Z-]{0,15}$/);
const bytes = fc
  .oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ unit: fc.constantFrom("\r", "\n", "-", "%", "4", "u", "+", "&") }),
  )
  .map((value) => Buffer.from(value));

describe("A form that a mail provider posts", () => {
  test.each([
    ["urlencoded", urlencoded],
    ["multipart", (fields: Fields) => multipart(fields, "xYzZY-a-boundary-that-no-value-holds")],
  ])("is read byte by byte: %s", async (_encoding, encode) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(name, bytes), { minLength: 1, selector: ([key]) => key }),
        async (fields) => {
          const { contentType, body } = encode(fields);
          expect([...((await readForm(contentType, body)) ?? [])]).toEqual(fields);
        },
      ),
    );
  });

  test("counts the first of two fields of one name, and takes no endless number of them", async () => {
    const form = await readForm("application/x-www-form-urlencoded", Buffer.from("a=1&a=2&&b&=c&%&d=%4&e=%zz%"));
    expect([...(form ?? [])].map(([key, value]) => [key, value.toString()])).toEqual([
      ["a", "1"],
      ["b", ""],
      ["", "c"],
      ["%", ""],
      ["d", "%4"],
      ["e", "%zz%"],
    ]);
    const many = Array.from({ length: 5_000 }, (_, index) => `f${index}`).join("&");
    expect((await readForm("application/x-www-form-urlencoded", Buffer.from(many)))?.size).toBe(1_000);
  });

  test.each(["", "application/json", "multipart/form-data", "multipart/form-data; boundary=another", "; ;"])(
    "is none of the type %j",
    async (contentType) => {
      expect(await readForm(contentType, multipart([["a", "1"]], "xYzZY").body)).toBeNull();
    },
  );
});

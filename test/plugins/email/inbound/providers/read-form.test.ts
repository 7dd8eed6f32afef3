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

describe("A form posted by a mail provider", () => {
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

  test("has the first of several fields with one name, and at most 1,000 fields", async () => {
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

  test("counts empty and repeated fields too", async () => {
    for (const field of ["&", "a=1&"]) {
      const form = await readForm("application/x-www-form-urlencoded", Buffer.from(`${field.repeat(1_000)}late=1`));
      expect(form?.has("late")).toBe(false);
    }
  });

  test("leaves fields out that are longer than what is asked for", async () => {
    const urlencoded = Buffer.from(`long=${"x".repeat(100)}&short=1&${"n".repeat(100)}=1`);
    const parts = multipart(
      [
        ["long", "x".repeat(100)],
        ["short", "1"],
      ],
      "xYzZY",
    );
    const types = [
      ["application/x-www-form-urlencoded", urlencoded],
      [parts.contentType, parts.body],
    ] as const;
    for (const [contentType, body] of types) {
      expect([...((await readForm(contentType, body, 50)) ?? [])].map(([key]) => key)).toEqual(["short"]);
    }
  });

  test("has the same rules as multipart, and is not read any further after 1,000 parts", async () => {
    const { contentType, body } = multipart(
      ["a", "a", "", "file"].map((name, index) => [name, String(index)]),
      "xYzZY",
    );
    const file =
      '--xYzZY\r\nContent-Disposition: form-data; name="raw"; filename="a.eml"\r\nContent-Type: text/plain; charset=utf-16le\r\n\r\nÿ\r\n';
    const nameless = "--xYzZY\r\nContent-Disposition: form-data\r\n\r\nnobody's\r\n";
    const all = Buffer.concat([Buffer.from(file + nameless, "latin1"), body]);
    const form = await readForm(contentType, all);
    expect([...(form ?? [])].map(([key, value]) => [key, value.toString("latin1")])).toEqual([
      ["raw", "ÿ"],
      ["a", "0"],
      ["", "2"],
      ["file", "3"],
    ]);
    const many = multipart(
      Array.from({ length: 5_000 }, (_, index) => [`f${index}`, "x".repeat(100)]),
      "xYzZY",
    );
    expect((await readForm(many.contentType, many.body))?.size).toBe(1_000);
  });

  test("that is truncated anywhere is null, and reading any other body ends", async () => {
    const { contentType, body } = multipart([["a", "1\r\n--xYzZ"]], "xYzZY");
    const whole = body.length - 2;
    for (let length = 0; length < whole; length += 1)
      expect([length, await readForm(contentType, body.subarray(0, length))]).toEqual([length, null]);
    const scraps = fc.constantFrom(
      "--xYzZY",
      "\r\n",
      "--",
      ": ",
      '"',
      "\0",
      'Content-Disposition: form-data; name="a"',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(scraps, { maxLength: 30 }), async (pieces) => {
        const form = await readForm(contentType, Buffer.from(pieces.join("")));
        expect(form === null || form.size < 30).toBe(true);
      }),
    );
  });

  test.each(["", "application/json", "multipart/form-data", "multipart/form-data; boundary=another", "; ;"])(
    "is null with the content type %j",
    async (contentType) => {
      expect(await readForm(contentType, multipart([["a", "1"]], "xYzZY").body)).toBeNull();
    },
  );
});

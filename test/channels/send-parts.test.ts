import { describe, expect, test } from "@jest/globals";
import { type DeliveryResult, type Json, type PartResult, readSettings, sendParts } from "afterchat/channel";
import fc from "fast-check";
import { z } from "zod";

/** A vendor that accepts every request except the `failAt`-th of an attempt, and the progress committed for one delivery. */
class Vendor {
  readonly accepted: string[] = [];
  progress: Json = null;
  #requests = 0;

  attempt(
    texts: readonly string[],
    failAt = Number.POSITIVE_INFINITY,
    failure: PartResult = unavailable,
  ): Promise<DeliveryResult> {
    this.#requests = 0;
    const parts = texts.map((text) => ({ key: text, text }));
    const outbound = {
      progress: this.progress,
      saveProgress: async (progress: Json) => {
        this.progress = JSON.parse(JSON.stringify(progress));
      },
    };
    return sendParts(outbound, parts, new AbortController().signal, async ({ text }) => {
      this.#requests += 1;
      if (this.#requests === failAt) return failure;
      this.accepted.push(text);
      return { outcome: "accepted", externalId: `m-${this.accepted.length}` };
    });
  }
}

const unavailable: PartResult = { outcome: "retry", failure: { code: "UNAVAILABLE", detail: "later" } };

describe("Sending in parts", () => {
  test("sends each part once across all attempts, equal parts as often as they occur", async () => {
    const texts = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(texts, fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 5 }), async (parts, failures) => {
        const vendor = new Vendor();
        for (const failAt of failures) {
          const { outcome } = await vendor.attempt(parts, failAt);
          if (outcome === "accepted") break;
        }
        if (vendor.accepted.length < parts.length) {
          const ids = parts.map((_, index) => `m-${index + 1}`);
          expect(await vendor.attempt(parts)).toEqual({ outcome: "accepted", externalIds: ids });
        }
        expect(vendor.accepted.toSorted()).toEqual(parts.toSorted());
      }),
    );
  });

  test("sends only the unsent parts when a reply is added or removed between two attempts", async () => {
    const vendor = new Vendor();
    expect((await vendor.attempt(["one", "two", "three"], 3)).outcome).toBe("retry");
    expect((await vendor.attempt(["two", "three", "four"])).outcome).toBe("accepted");
    expect(vendor.accepted).toEqual(["one", "two", "three", "four"]);
  });

  test("stores no text in its progress, and sends nothing if it cannot parse the progress", async () => {
    const vendor = new Vendor();
    await vendor.attempt(["my address is …", "two"], 2);
    expect(JSON.stringify(vendor.progress)).not.toContain("address");
    vendor.progress = { of: "an earlier version" };
    expect((await vendor.attempt(["one"])).outcome).toBe("uncertain");
    expect(vendor.accepted).toEqual(["my address is …"]);
  });

  test("ends with the first part that is not accepted; an exception is uncertain and only its name is shown", async () => {
    const vendor = new Vendor();
    const rejected: PartResult = { outcome: "rejected", failure: { code: "CONTENT_REJECTED", detail: "no" } };
    expect(await vendor.attempt(["one", "two", "three"], 2, rejected)).toEqual({
      outcome: "rejected",
      failure: { code: "CONTENT_REJECTED", detail: "One part was sent before. no" },
    });
    expect(vendor.accepted).toEqual(["one"]);
    const thrown = await sendParts(
      { progress: null, saveProgress: async () => {} },
      [{ key: "a" }],
      never,
      async () => {
        throw new RangeError("token hunter2");
      },
    );
    expect(thrown).toEqual({
      outcome: "uncertain",
      failure: { code: "UNKNOWN", detail: "RangeError was thrown while sending a part" },
    });
    expect(await vendor.attempt([])).toMatchObject({ outcome: "rejected", failure: { code: "CONTENT_REJECTED" } });
  });
});

const never = new AbortController().signal;

describe("Reading settings", () => {
  const schema = z.object({
    A_URL: z.url("write a URL"),
    A_TOKEN: z.string().min(4, "write the token"),
    A_NAME: z.string().default("A"),
  });

  test("returns undefined if no variable is set, or only to an empty text", () => {
    expect(readSettings(schema, { OTHER: "x", A_URL: "  " })).toBeUndefined();
  });

  test("returns all values, trimmed and with defaults", () => {
    expect(readSettings(schema, { A_URL: " https://a.example ", A_TOKEN: "secret", OTHER: "x" })).toEqual({
      A_URL: "https://a.example",
      A_TOKEN: "secret",
      A_NAME: "A",
    });
  });

  test("reports all faults together, and missing variables as missing", () => {
    expect(() => readSettings(schema, { A_URL: "a" })).toThrow(
      "A_URL: write a URL\nA_TOKEN: is missing: set it, or none of A_URL, A_TOKEN, A_NAME",
    );
  });
});

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { refuseJson } from "../../src/http/refuse-json.js";

function measure(value: unknown): { depth: number; values: number } {
  if (typeof value !== "object" || value === null) return { depth: 0, values: 0 };
  const inner = Object.values(value).map(measure);
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    values: Math.max(1, inner.length) + inner.reduce((sum, { values }) => sum + values, 0),
  };
}

describe("JSON is refused before it is parsed", () => {
  test("when it holds lists and objects in more than 100 levels", () => {
    const nested = (levels: number) => `${'[{"a":'.repeat(levels / 2)}1${"}]".repeat(levels / 2)}`;
    expect(refuseJson(nested(100))).toBeNull();
    expect(refuseJson(nested(102))).toContain("levels deep");
  });

  test("when it holds more than 2,000 values", () => {
    const list = (length: number) => JSON.stringify(Array.from({ length }, () => 1));
    expect(refuseJson(list(2_000))).toBeNull();
    expect(refuseJson(list(2_001))).toContain("more than 2000 values");
  });

  test("whatever its strings hold", () => {
    expect(refuseJson(JSON.stringify({ text: '[{,"\\'.repeat(5_000) }))).toBeNull();
    expect(refuseJson(JSON.stringify({ text: `${"\\".repeat(3)}"` }) + "[".repeat(101))).toContain("levels deep");
  });

  test("and no other", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (json) => {
        const { depth, values } = measure(JSON.parse(json));
        fc.pre(depth <= 100 && values <= 2_000);
        expect(refuseJson(json)).toBeNull();
      }),
    );
  });
});

import { beforeAll, describe, expect, jest, test } from "@jest/globals";
import { type CollectedPatterns, collectPatterns, patternsIn } from "./collect-patterns.js";
import { findSuperlinear } from "./superlinear.js";

// Two hundred analyses, most of them a few milliseconds long.
jest.setTimeout(120_000);

interface Exception {
  readonly file: string;
  readonly source: string;
  /** Why it cannot hurt: what bounds the length of every text that it is applied to. */
  readonly reason: string;
}

const operatorUrl = "applied only to a URL of the operator's settings";

/** Patterns that take more than linear time. A new one needs a length check right before it. */
const exceptions: readonly Exception[] = [
  ...[
    ...["plugins/telegram/settings.ts", "plugins/meta/settings.ts", "plugins/meta/connect.ts"],
    ...["src/attachments/attachment-url.ts", "src/inbound/original-file.ts", "src/inbound/find-echoed-delivery.ts"],
    ...["src/channels/http/web-request.ts"],
  ].map((file) => ({ file, source: "\\/+$", reason: operatorUrl })),
  {
    file: "plugins/email/reply/find-attribution.ts",
    source: "^[^\\p{L}\\p{N}]*(?:\\S+\\s){1,4}?[^\\p{L}\\p{N}]?\\d|^[^\\d\\s]{0,8}\\d",
    reason: "findAttribution joins at most maxRuleLine (500) characters",
  },
];

/** Files that build patterns at run time, and from what. */
const built: Readonly<Record<string, string>> = {
  "plugins/email/reply/phrase-patterns.ts": "from the phrases in languages.ts, which are literal",
  "src/graphql/format-error.ts": "from the name of a variable, which GraphQL limits to word characters",
};

let patterns: CollectedPatterns;
beforeAll(async () => {
  patterns = await collectPatterns();
});

const describePattern = ({ file, source }: { readonly file: string; readonly source: string }) =>
  `${file}: /${source}/`;

describe("Regular expressions", () => {
  test("in src and plugins take linear time, but for the exceptions", () => {
    const verdicts = new Map<string, string | null>();
    for (const { source, flags } of patterns.literals) {
      const key = `/${source}/${flags}`;
      if (!verdicts.has(key)) verdicts.set(key, findSuperlinear(source, flags));
    }
    const superlinear = patterns.literals.filter(({ source, flags }) => verdicts.get(`/${source}/${flags}`) !== null);
    const found = [...new Set(superlinear.map(describePattern))].sort();
    expect(found).toEqual(exceptions.map(describePattern).sort());
  });

  test("are built at run time only in the named files", () => {
    expect(patterns.builtIn).toEqual(Object.keys(built).sort());
  });
});

describe("The check finds", () => {
  test.each([
    ["a run before the end", "[ \\t\\u00a0]+$", "g"],
    ["a run before a colon", "\\s*:", ""],
    ["matches that start over inside a repetition", "<[^>]*>", ""],
    ["nested repetition", "^(a+)+$", ""],
    ["repetitions that overlap", "^\\d+\\w+$", ""],
  ])("%s: /%s/", (_, source, flags) => {
    expect(findSuperlinear(source, flags)).not.toBeNull();
  });

  test.each([
    ["anchored", "^[ \\t]+", ""],
    ["bounded", "[a-z]{1,64}@", "i"],
    ["replaced wherever it is", "\\s+", "gu"],
    ["separated", "^[a-z]+(?:-[a-z]+)*$", ""],
  ])("nothing in one that is %s: /%s/", (_, source, flags) => {
    expect(findSuperlinear(source, flags)).toBeNull();
  });

  test("every literal, and patterns built from text", () => {
    const code = 'const a = [/x+$/g, "y".replace(/z/, "")]; class B { static c = /d/u; }';
    expect(patternsIn(code)).toEqual({
      literals: [
        { source: "x+$", flags: "g" },
        { source: "z", flags: "" },
        { source: "d", flags: "u" },
      ],
      buildsPatterns: false,
    });
    const builders = ["new RegExp(a)", "RegExp(a)", 'a.match("b+$")', "a.search(`b`)"];
    expect(builders.filter((code) => !patternsIn(code).buildsPatterns)).toEqual([]);
  });
});

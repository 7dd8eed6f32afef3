import { describe, expect, test } from "@jest/globals";
import { forceScheme } from "../../../../plugins/email/dev-mailbox/force-scheme.js";

const style = (condition: string) => `<style type="text/css">@media ${condition}{p{color:red}}</style><p>Hello</p>`;
const forced = {
  light: "<style>:root{color-scheme:light!important}</style>",
  dark: "<style>:root{color-scheme:dark!important}</style>",
};

describe("An email for somebody who prefers a scheme", () => {
  test.each([
    ["(prefers-color-scheme:dark)", "dark", "(min-width:0px)"],
    ["(prefers-color-scheme: dark)", "light", "(max-width:0px)"],
    ["( PREFERS-COLOR-SCHEME : LIGHT )", "light", "(min-width:0px)"],
    ["(prefers-color-scheme:light)", "dark", "(max-width:0px)"],
    [
      "screen and (prefers-color-scheme:dark) and (max-width:479px)",
      "dark",
      "screen and (min-width:0px) and (max-width:479px)",
    ],
    ["(prefers-color-scheme)", "dark", "(prefers-color-scheme)"],
  ] as const)("has %s decided for %s", (condition, scheme, decided) => {
    expect(forceScheme(style(condition), scheme)).toBe(style(decided) + forced[scheme]);
  });

  test("keeps its words, and every style sheet counts", () => {
    const words = "<p>We write @media (prefers-color-scheme:dark) into our styles.</p>";
    const twice = style("(prefers-color-scheme:dark)") + words + style("(prefers-color-scheme:dark)");
    const decided = style("(min-width:0px)") + words + style("(min-width:0px)");
    expect(forceScheme(twice, "dark")).toBe(decided + forced.dark);
  });

  test("takes no longer with hostile styles", () => {
    for (const hostile of [
      "<style".repeat(50_000),
      `<style>${"(prefers-color-scheme".repeat(50_000)}`,
      `<style ${" ".repeat(200_000)}`,
    ])
      expect(forceScheme(hostile, "dark")).toBe(hostile + forced.dark);
  });
});

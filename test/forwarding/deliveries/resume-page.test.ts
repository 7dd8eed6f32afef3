import { describe, expect, test } from "@jest/globals";
import { readConfig } from "../../../src/config.js";
import { resumePage } from "../../../src/forwarding/deliveries/resume-page.js";

const config = {
  websiteUrl: "https://harbour.example/chat",
  allowedWebsites: ["https://shop.example", "http://localhost:8080"],
};

test.each<[string, string | null, string]>([
  ["no page", null, "https://harbour.example/chat"],
  ["a page of the website", "https://harbour.example/bikes?size=m", "https://harbour.example/bikes?size=m"],
  ["a path, which is one of the website", "/bikes", "https://harbour.example/bikes"],
  ["a page of an allowed website", "https://shop.example/tyres", "https://shop.example/tyres"],
  ["an allowed website on this machine", "http://localhost:8080/", "http://localhost:8080/"],
  ["another port", "http://localhost:8081/", "https://harbour.example/chat"],
  ["another website", "https://elsewhere.example/bikes", "https://harbour.example/chat"],
  ["the allowed one without TLS", "http://shop.example/tyres", "https://harbour.example/chat"],
  ["a name that begins like an allowed one", "https://shop.example.elsewhere.example/", "https://harbour.example/chat"],
  ["an allowed one as the user of another", "https://shop.example@elsewhere.example/", "https://harbour.example/chat"],
  ["a password", "https://ana:secret@shop.example/tyres", "https://shop.example/tyres"],
  [
    "a fragment, such as the one of an earlier link",
    "https://shop.example/#afterchat-resume=abc",
    "https://shop.example/",
  ],
  ["a path to another website", "//elsewhere.example/", "https://harbour.example/chat"],
  ["a script", "javascript:alert(1)", "https://harbour.example/chat"],
  ["nonsense", "https://", "https://harbour.example/chat"],
])("A link after %s", (_what, page, expected) => {
  expect(resumePage(config, page)).toBe(expected);
});

describe("ALLOWED_WEBSITES", () => {
  const read = (setting: string) => readConfig({ ALLOWED_WEBSITES: setting }).allowedWebsites;

  test("names origins, as browsers name them", () => {
    expect(read("https://Shop.example/, https://www.shop.example:8443,http://localhost:8080")).toEqual([
      "https://shop.example",
      "https://www.shop.example:8443",
      "http://localhost:8080",
    ]);
    expect(readConfig({}).allowedWebsites).toEqual([]);
  });

  test.each([
    ["*", "any"],
    ["shop.example", "a name without a scheme"],
    ["https://*.shop.example", "a wildcard"],
    ["http://shop.example", "a website without TLS"],
    ["https://shop.example/chat", "a page"],
    ["https://ana:secret@shop.example", "a user"],
    ["javascript:alert(1)", "a script"],
  ])("%s is refused, being %s, with what to write", (setting) => {
    expect(() => read(`https://harbour.example,${setting}`)).toThrow(
      /ALLOWED_WEBSITES: must be origins.*https:\/\/shop\.example/,
    );
  });

  test("names 100 at most", () => {
    const many = Array.from({ length: 101 }, (_, index) => `https://shop${index}.example`).join(",");
    expect(() => read(many)).toThrow(/ALLOWED_WEBSITES: must name at most 100 origins/);
  });
});

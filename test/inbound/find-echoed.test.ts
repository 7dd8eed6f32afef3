import { describe, expect, test } from "@jest/globals";
import { matchEcho } from "../../src/inbound/find-echoed-delivery.js";

const filesUrl = "https://chat.example.com/attachments/";
const open = { id: "1", hasSameExternalId: false, text: "It is ready.\n\nCome by until six.", hasFiles: false };
const withFiles = { ...open, id: "2", text: "The bill", hasFiles: true };

describe("A reply that the vendor reports, beside deliveries without a known end", () => {
  test.each([
    ["the same words", "It is ready.\n\nCome by until six.", { deliveryId: "1", extent: "whole" }],
    ["the same words, spaced otherwise", " It is ready. Come by until six.\r\n", { deliveryId: "1", extent: "whole" }],
    [
      "the same letters, composed otherwise",
      "It is ready.\n\nCome by until six.".normalize("NFD"),
      { deliveryId: "1", extent: "whole" },
    ],
    ["a part of the words", "Come by until six.", { deliveryId: "1", extent: "part" }],
    ["all words of one that has files, too", "The bill", { deliveryId: "2", extent: "part" }],
    ["a file", "", { deliveryId: "2", extent: "part" }],
    ["a file as a link", `bill.pdf\n${filesUrl}abc`, { deliveryId: "2", extent: "part" }],
    ["other words", "It is not ready.", null],
    ["more words", "It is ready.\n\nCome by until six. Or seven.", null],
  ])("%s", (_, text, expected) => {
    expect(matchEcho([open, withFiles], text, filesUrl)).toEqual(expected);
  });

  test("is the one whose id is known, whatever it says", () => {
    const known = { ...open, id: "3", hasSameExternalId: true, text: "Something else" };
    expect(matchEcho([open, known], "It is ready.", filesUrl)).toEqual({ deliveryId: "3", extent: "whole" });
  });

  test("is nobody's where none is open, nor where no open one has files", () => {
    expect(matchEcho([], "It is ready.", filesUrl)).toBeNull();
    expect(matchEcho([open], "", filesUrl)).toBeNull();
  });
});

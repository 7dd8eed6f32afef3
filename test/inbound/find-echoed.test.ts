import { describe, expect, test } from "@jest/globals";
import { matchEcho } from "../../src/inbound/find-echoed-delivery.js";

const filesUrl = "https://chat.example.com/attachments/";
const open = { id: "1", hasSameExternalId: false, text: "It is ready.\n\nCome by until six.", hasFiles: false };
const withFiles = { ...open, id: "2", text: "The bill", hasFiles: true };

describe("A reply echoed by the vendor, matched to unfinished deliveries", () => {
  test.each([
    ["the same text", "It is ready.\n\nCome by until six.", { deliveryId: "1", extent: "whole" }],
    [
      "the same text with different spacing",
      " It is ready. Come by until six.\r\n",
      { deliveryId: "1", extent: "whole" },
    ],
    [
      "the same text in another Unicode normalization",
      "It is ready.\n\nCome by until six.".normalize("NFD"),
      { deliveryId: "1", extent: "whole" },
    ],
    ["a part of the text", "Come by until six.", { deliveryId: "1", extent: "part" }],
    ["the whole text of one that also has files", "The bill", { deliveryId: "2", extent: "part" }],
    ["a file", "", { deliveryId: "2", extent: "part" }],
    ["a file as a link", `bill.pdf\n${filesUrl}abc`, { deliveryId: "2", extent: "part" }],
    ["a different text", "It is not ready.", null],
    ["a longer text", "It is ready.\n\nCome by until six. Or seven.", null],
  ])("%s", (_, text, expected) => {
    expect(matchEcho([open, withFiles], text, filesUrl)).toEqual(expected);
  });

  test("matches the delivery with the same external id, regardless of the text", () => {
    const known = { ...open, id: "3", hasSameExternalId: true, text: "Something else" };
    expect(matchEcho([open, known], "It is ready.", filesUrl)).toEqual({ deliveryId: "3", extent: "whole" });
  });

  test("matches nothing when no delivery is open, nor a file when no open delivery has files", () => {
    expect(matchEcho([], "It is ready.", filesUrl)).toBeNull();
    expect(matchEcho([open], "", filesUrl)).toBeNull();
  });
});

import { expect, test } from "@jest/globals";
import { formatSize } from "../../../web/mailbox/format-size.js";

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1_000, "1 KB"],
  [1_499, "1 KB"],
  [999_499, "999 KB"],
  [999_500, "1.0 MB"],
  [10_000_000, "10.0 MB"],
])("%i bytes are shown as %s", (bytes, shown) => {
  expect(formatSize(bytes)).toBe(shown);
});

import { describe, expect, test } from "@jest/globals";
import { formatTime } from "../../../web/mailbox/format-time.js";

const now = new Date(2026, 10, 25, 14, 11);

describe("The time of an email in the list", () => {
  test.each<[string, Date]>([
    ["14:11", now],
    ["00:00", new Date(2026, 10, 25)],
    // By a clock that runs ahead.
    ["23:59", new Date(2026, 10, 25, 23, 59)],
    ["26 Nov", new Date(2026, 10, 26, 9)],
    ["Tue", new Date(2026, 10, 24, 23, 59)],
    ["Thu", new Date(2026, 10, 19)],
    // Else it would have today's name.
    ["18 Nov", new Date(2026, 10, 18, 23, 59)],
    ["1 Jan", new Date(2026, 0, 1)],
    ["31 Dec 2025", new Date(2025, 11, 31, 23, 59)],
  ])("is %s", (shown, time) => {
    expect(formatTime(time, now)).toBe(shown);
  });

  test("counts days, also when the clocks are changed", () => {
    const spring = new Date(2027, 2, 29, 9);
    expect(formatTime(new Date(2027, 2, 23, 9), spring)).toBe("Tue");
    expect(formatTime(new Date(2027, 2, 22, 9), spring)).toBe("22 Mar");
  });
});

import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { type RateLimitName, rateLimits } from "../../src/limits/limit-table.js";
import { TestApp } from "../support/app/test-app.js";
import { cases, reachedElsewhere } from "./rate-cases.js";

let first: TestApp;
let second: TestApp;
/** How far the limits' time, which is Date.now(), is ahead. It never goes back, because processes remember what is refused until when. */
let aheadMs = 0;
const realNow = Date.now;

beforeAll(async () => {
  jest.spyOn(Date, "now").mockImplementation(() => realNow() + aheadMs);
  first = await TestApp.start();
  second = await TestApp.start({
    DATABASE_URL: first.services.config.databaseUrl ?? "",
    DATA_DIR: first.directory,
  });
  const admin = await first.signInAdmin();
  await admin.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
});

afterAll(async () => {
  await second?.stop();
  await first?.stop();
  jest.restoreAllMocks();
});

test("every limit has a case, and every case a limit", () => {
  const named = [...Object.keys(cases), ...Object.keys(reachedElsewhere)];
  expect(named.sort()).toEqual(Object.keys(rateLimits).sort());
});

test.each(Object.values(reachedElsewhere))("%s exists", async (file) => {
  await expect(readFile(`test/${file}`, "utf8")).resolves.toContain("test(");
});

describe("The edge of", () => {
  test.each(Object.keys(cases) as RateLimitName[])("%s", async (name) => {
    const { points, seconds } = rateLimits[name];
    const use = await cases[name]?.(first);
    if (use === undefined) throw new Error("No case");
    await first.execute("DELETE FROM rate_limits");
    expect(await use(first)).toBeNull();
    // As if it had been done until only two were left.
    const counted = await first.execute(
      "UPDATE rate_limits SET points = $2 WHERE key LIKE $1 AND points = 1 RETURNING key",
      [`${name}:%`, points - 2],
    );
    expect(counted).toHaveLength(1);
    expect(await use(second)).toBeNull();
    expect(await use(first)).toBeNull();
    for (const app of [second, first, second]) {
      const wait = await use(app);
      expect(wait).toBeGreaterThan(seconds * 0.8);
      expect(wait).toBeLessThanOrEqual(seconds);
    }
    aheadMs += seconds * 1_000;
    expect(await use(first)).toBeNull();
    expect(await use(second)).toBeNull();
  });
});

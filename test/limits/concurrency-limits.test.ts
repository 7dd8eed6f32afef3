import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ConcurrencyLimit, type Leave } from "../../src/limits/concurrency-limit.js";
import { type ConcurrencyLimitName, concurrencyLimits } from "../../src/limits/limit-table.js";
import { TestApp } from "../support/app/test-app.js";

/** Begins one more of what is limited, through a public door: how to end it, or null if it was refused. Always for the same key. */
type Enter = (app: TestApp) => Promise<(() => Promise<void>) | null>;

/** How each row of `concurrencyLimits` is used; the test names those that are missing. */
const cases: Readonly<Record<string, Enter>> = {} satisfies Partial<Record<ConcurrencyLimitName, Enter>>;

/** Rows that nothing enforces yet. */
const planned: readonly string[] = ["socketsOfNetwork"];

const names = Object.keys(concurrencyLimits) as ConcurrencyLimitName[];

test("every limit has a case, and every case a limit", () => {
  expect(names.filter((name) => !(name in cases) && !planned.includes(name))).toEqual([]);
  expect(Object.keys(cases).filter((name) => !(names as string[]).includes(name))).toEqual([]);
});

test.each(planned)("%s is not enforced yet: otherwise it needs a case", async (name) => {
  const files = (await readdir("src", { recursive: true })).filter((file) => file.endsWith(".ts"));
  const texts = await Promise.all(
    files.map(async (file) => [file, await readFile(join("src", file), "utf8")] as const),
  );
  const users = texts.filter(([file, text]) => file !== join("limits", "limit-table.ts") && text.includes(`"${name}"`));
  expect(users.map(([file]) => file)).toEqual([]);
});

describe("A count of", () => {
  test.each(names)("%s ends at its limit, and goes on when one leaves", (name) => {
    const { max } = concurrencyLimits[name];
    const limit = new ConcurrencyLimit(name, 1);
    const inside = Array.from({ length: max }, () => limit.enter("one"));
    expect(inside).not.toContain(null);
    expect(limit.enter("one")).toBeNull();
    expect(limit.enter("another")).not.toBeNull();
    const leave = inside[0] as Leave;
    leave();
    leave();
    expect(limit.enter("one")).not.toBeNull();
    expect(limit.enter("one")).toBeNull();
  });
});

describe("Through a public door", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app?.stop());

  test("each limit is reached, refuses the next one, and allows one when one has left", async () => {
    for (const [name, enter] of Object.entries(cases)) {
      const { max } = concurrencyLimits[name as ConcurrencyLimitName];
      const inside: (() => Promise<void>)[] = [];
      const enterOne = async (): Promise<boolean> => {
        const leave = await enter(app);
        if (leave !== null) inside.push(leave);
        return leave !== null;
      };
      for (let entered = 0; entered < max; entered += 1)
        expect([name, entered, await enterOne()]).toEqual([name, entered, true]);
      expect([name, await enterOne()]).toEqual([name, false]);
      await inside.pop()?.();
      expect([name, await enterOne()]).toEqual([name, true]);
      for (const leave of inside) await leave();
    }
  });
});

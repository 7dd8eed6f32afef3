import type * as Globals from "@jest/globals";

type Jest = Pick<
  typeof Globals,
  "afterAll" | "afterEach" | "beforeAll" | "beforeEach" | "describe" | "expect" | "it" | "jest" | "test"
>;

// What a module imports follows the variable: modules that are loaded once always call the functions of the file that runs.
export let afterAll: Jest["afterAll"];
export let afterEach: Jest["afterEach"];
export let beforeAll: Jest["beforeAll"];
export let beforeEach: Jest["beforeEach"];
export let describe: Jest["describe"];
export let expect: Jest["expect"];
export let it: Jest["it"];
export let jest: Jest["jest"];
export let test: Jest["test"];

/** From now on "@jest/globals" is that of the test file that is about to be loaded. */
export function useGlobals(globals: Jest): void {
  ({ afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest, test } = globals);
}

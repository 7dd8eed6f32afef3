import { browserTests } from "./jest.browser-tests.js";
import { processTests } from "./jest.process-tests.js";

/** Jest runs what tsc compiled, loaded by Node itself: the tests exercise the code that ships. */
export default {
  testRunner: "<rootDir>/dist/test/support/runner/run-test-file.js",
  testSequencer: "<rootDir>/dist/test/support/runner/longest-first.js",
  testEnvironment: "<rootDir>/dist/test/support/runner/leak-checking-environment.js",
  globalSetup: "<rootDir>/dist/test/support/runner/setup.js",
  globalTeardown: "<rootDir>/dist/test/support/runner/teardown.js",
  roots: ["<rootDir>/dist/test"],
  testMatch: ["**/*.test.js", ...[...processTests, ...browserTests].map((path) => `!${path}`)],
  // `npm run attacks`.
  testPathIgnorePatterns: ["<rootDir>/dist/test/attacks/"],
  transform: {},
  testTimeout: 30_000,
  // Twice the cores of CI: many tests wait for processes and servers rather than compute.
  maxWorkers: 4,
};

/** Jest runs what tsc compiled, loaded by Node itself: the tests exercise the code that ships. */
export default {
  testRunner: "<rootDir>/dist/test/support/run-test-file.js",
  testSequencer: "<rootDir>/dist/test/support/longest-first.js",
  testEnvironment: "<rootDir>/dist/test/support/leak-checking-environment.js",
  globalSetup: "<rootDir>/dist/test/support/start-server.js",
  globalTeardown: "<rootDir>/dist/test/support/stop-server.js",
  roots: ["<rootDir>/dist/test"],
  testMatch: ["**/*.test.js"],
  transform: {},
  testTimeout: 30_000,
  // Twice the cores of CI: many tests wait for processes and servers rather than compute.
  maxWorkers: 4,
};

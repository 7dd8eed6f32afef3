/** Jest runs what tsc compiled: the tests exercise the code that ships. */
export default {
  testEnvironment: "<rootDir>/dist/test/support/leak-checking-environment.js",
  globalSetup: "<rootDir>/dist/test/support/start-server.js",
  globalTeardown: "<rootDir>/dist/test/support/stop-server.js",
  setupFiles: ["reflect-metadata"],
  roots: ["<rootDir>/dist/test"],
  testMatch: ["**/*.test.js"],
  transform: {},
  testTimeout: 30_000,
  maxWorkers: 2,
};

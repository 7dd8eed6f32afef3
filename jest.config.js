/** Jest runs what tsc compiled: the tests exercise the code that ships. */
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/dist"],
  testMatch: ["**/*.test.js"],
  transform: {},
  testTimeout: 30_000,
};

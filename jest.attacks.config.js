import config from "./jest.config.js";

/** The attacks of docs/security.md in full size. One after the other, because they measure how long others wait. */
export default {
  ...config,
  testPathIgnorePatterns: [],
  testMatch: ["**/test/attacks/**/*.test.js"],
  maxWorkers: 1,
};

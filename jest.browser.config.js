import { browserTests } from "./jest.browser-tests.js";
import config from "./jest.config.js";

/** `npm run test:browser`. A browser uses more than a core: two files at once keep two cores busy. */
export default { ...config, testMatch: browserTests, maxWorkers: 2 };

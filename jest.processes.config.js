import config from "./jest.config.js";
import { processTests } from "./jest.process-tests.js";

/** `npm run test:processes` */
export default { ...config, testMatch: processTests };

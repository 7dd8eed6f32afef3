import { describe } from "@jest/globals";
import { missingForMailServer } from "../../support/servers/mail/requirements.js";

/** `describe` for tests that need real mail servers; skipped where they are not installed, with a note on how to run them. */
export function describeWithMailServer(title: string, tests: () => void): void {
  const missing = missingForMailServer();
  if (missing === null) {
    describe(title, tests);
    return;
  }
  process.stderr.write(`Skipped "${title}": ${missing}\n`);
  describe.skip(title, tests);
}

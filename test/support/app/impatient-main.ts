import { mailPatience } from "../../../plugins/email/inbound/sources/mail-patience.js";
import { httpPatience } from "../../../src/http/patience.js";

/** The program, which waits a twentieth as long for slow clients: started by tests in a process of its own. */
for (const patience of [httpPatience, mailPatience]) {
  for (const [name, value] of Object.entries(patience)) {
    if (name.endsWith("Ms")) Object.assign(patience, { [name]: value / 20 });
  }
}
await import("../../../src/main.js");

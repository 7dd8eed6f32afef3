import { mailTimeouts } from "../../../plugins/email/inbound/sources/mail-timeouts.js";
import { requestTimeouts } from "../../../src/http/request-timeouts.js";

/** The program, which waits a twentieth as long for slow clients: started by tests in a process of its own. */
for (const timeouts of [requestTimeouts, mailTimeouts]) {
  for (const [name, value] of Object.entries(timeouts)) {
    if (name.endsWith("Ms")) Object.assign(timeouts, { [name]: value / 20 });
  }
}
await import("../../../src/main.js");

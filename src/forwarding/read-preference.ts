import type { Statement } from "../database/database.js";
import type { Services } from "../services.js";
import { ForwardingPreference } from "./forwarding-preference.entity.js";

/** How replies are forwarded now. */
export async function readPreference(services: Services): Promise<ForwardingPreference> {
  const [row] = await services.database.query<ForwardingPreference>(readStatement, []);
  return Object.assign(new ForwardingPreference(), row);
}

const readStatement: Statement = {
  name: "read-forwarding-preference",
  text: "SELECT * FROM forwarding_preference WHERE id = 1",
};

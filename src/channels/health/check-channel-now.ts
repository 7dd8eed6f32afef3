import type { Services } from "../../services.js";
import { checkChannel } from "./check-channels.js";
import { findCheckable } from "./find-checkable.js";

/**
 * Checks one channel immediately rather than at the next scheduled health check. What is found is stored for all processes,
 * and is no error. Resolves once it can be read.
 * @throws NOT_FOUND for a channel that is not installed, BAD_USER_INPUT for the website, CONFLICT when it is not configured
 */
export async function checkChannelNow(services: Services, id: string): Promise<void> {
  const { connection } = await findCheckable(services, id);
  // Without a connection, the attempt to connect has just shown why.
  if (connection !== null) await checkChannel(services, id, connection);
}

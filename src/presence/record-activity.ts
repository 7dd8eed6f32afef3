import type { Services } from "../services.js";
import type { VisitorViewer } from "../viewer.js";
import { activateGuest } from "../visitors/activate-guest.js";
import { parsePage } from "../visitors/parse-page.js";
import { recordInteraction } from "../visitors/record-interaction.js";
import type { Visitor } from "../visitors/visitor.entity.js";

/**
 * Records that the visitor did something on the website: typed, scrolled, opened a page.
 * @throws BAD_USER_INPUT if `page` is neither a URL nor a path, CONFLICT if the visitor is erased
 */
export async function recordActivity(services: Services, viewer: VisitorViewer, page?: string): Promise<Visitor> {
  const options = page === undefined ? {} : { page: parsePage("page", page) };
  return services.database.transaction(async (transaction) => {
    const now = services.clock.now();
    const visitor = await recordInteraction(transaction, viewer.visitorId, now, options);
    await activateGuest(transaction, services, viewer, now);
    return visitor;
  });
}

import { badUserInput } from "../errors.js";
import type { Services } from "../services.js";
import type { VisitorViewer } from "../viewer.js";
import type { Visitor } from "../visitors/visitor.entity.js";
import { markGuestActive } from "./activate-guest.js";
import { recordDoing } from "./record-doing.js";

const longestPage = 2_000;

/**
 * The visitor did something on the website: typed, scrolled, opened a page.
 * @throws BAD_USER_INPUT when `page` has more than 2,000 characters, CONFLICT when the visitor is erased
 */
export async function recordActivity(services: Services, viewer: VisitorViewer, page?: string): Promise<Visitor> {
  if (page !== undefined && page.length > longestPage) {
    throw badUserInput("page", `A page has at most ${longestPage} characters.`);
  }
  return services.database.transaction(async (transaction) => {
    const now = services.clock.now();
    const visitor = await recordDoing(transaction, viewer.visitorId, now, page === undefined ? {} : { page });
    await markGuestActive(transaction, services, viewer, now);
    return visitor;
  });
}

import type { Statement } from "../database/database.js";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";

/**
 * Records that the chat was opened on a page, if it is on a website of the company's: WEBSITE_URL's origin, one of
 * ALLOWED_WEBSITES, or this server's own pages. Anybody can name any other page. `page` is as `parsePage` returned it. Never
 * rejects: nobody's visit depends on it.
 */
export async function recordSighting(services: Services, page: string, now: Date): Promise<void> {
  const { websiteUrl, publicUrl, allowedWebsites } = services.config;
  const origin = URL.parse(page, websiteUrl)?.origin;
  const known = [new URL(websiteUrl).origin, new URL(publicUrl).origin, ...allowedWebsites];
  if (origin === undefined || !known.includes(origin)) return;
  try {
    await services.database.query(recordStatement, [origin, now]);
  } catch (error) {
    services.logger.warn("It could not be recorded where the chat was opened", { origin, cause: describeError(error) });
  }
}

// The minute is asked for before the row is locked, so that those who open the chat at once do not wait for each other.
const recordStatement: Statement = {
  name: "record-sighting",
  text: `
    INSERT INTO website_sightings (origin, seen_at)
    SELECT $1, $2::timestamptz WHERE NOT EXISTS (
      SELECT FROM website_sightings WHERE origin = $1 AND seen_at > $2::timestamptz - interval '1 minute')
    ON CONFLICT (origin) DO UPDATE SET seen_at = greatest(website_sightings.seen_at, excluded.seen_at)`,
};

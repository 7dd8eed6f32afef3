/**
 * The page that the link in an email leads to, without a fragment: the one from which the visitor last wrote if it belongs to
 * WEBSITE_URL's origin or to one of ALLOWED_WEBSITES, otherwise WEBSITE_URL.
 * @param page a URL, or a path on WEBSITE_URL's origin; null if it is not known, or must not be shown
 */
export function resumePage(
  { websiteUrl, allowedWebsites }: { readonly websiteUrl: string; readonly allowedWebsites: readonly string[] },
  page: string | null,
): string {
  const parsed = page === null ? null : URL.parse(page, websiteUrl);
  if (parsed === null) return websiteUrl;
  const isAllowed = parsed.origin === new URL(websiteUrl).origin || allowedWebsites.includes(parsed.origin);
  if (!isAllowed) return websiteUrl;
  parsed.hash = "";
  // Emails are not the place for what a page was given in its user part.
  parsed.username = "";
  parsed.password = "";
  return parsed.href;
}

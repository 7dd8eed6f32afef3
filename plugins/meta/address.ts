import { z } from "zod";

const vendorId = z.string({ error: "must be a text" }).regex(/^[A-Za-z0-9_-]{1,128}$/, {
  error: "must be an id of Meta's: letters, digits, hyphens and underscores",
});

/**
 * Somebody on Messenger or Instagram. Their id is good for one Page or account only, so both are kept: a program whose
 * settings name another Page must not send there.
 */
export const metaAddress = z.object({
  /** Page-scoped (PSID) or Instagram-scoped (IGSID). */
  id: vendorId,
  /** The Page's id, or the Instagram account's. */
  account: vendorId,
  /** As their profile said when it was known; only to be shown. */
  name: z.string().trim().min(1).max(200).exactOptional(),
});

export type MetaAddress = z.infer<typeof metaAddress>;

/** "Ana Silva on Messenger", or "Messenger": an id tells an agent nothing. */
export function describeMetaAddress(channelName: string): (address: MetaAddress) => string {
  return ({ name }) => (name === undefined ? channelName : `${name} on ${channelName}`);
}

import { z } from "zod";

const vendorId = z.string({ error: "must be a string" }).regex(/^[A-Za-z0-9_-]{1,128}$/, {
  error: "must be a Meta id: letters, digits, hyphens and underscores",
});

/**
 * A person on Messenger or Instagram. Meta's ids are scoped to one Page or account, so both are stored: if the settings
 * name another Page, nothing must be sent to the id.
 */
export const metaAddress = z.object({
  /** The person's id: page-scoped (PSID) or Instagram-scoped (IGSID). */
  id: vendorId,
  /** The id of the Page or Instagram account. */
  account: vendorId,
  /** From their profile; for display only. */
  name: z.string().trim().min(1).max(200).exactOptional(),
});

export type MetaAddress = z.infer<typeof metaAddress>;

/** "Ana Silva on Messenger", or "Messenger" if the name is unknown: an id means nothing to agents. */
export function describeMetaAddress(channelName: string): (address: MetaAddress) => string {
  return ({ name }) => (name === undefined ? channelName : `${name} on ${channelName}`);
}

import type { OutboundAttachment } from "../channels/channel.js";
import type { Services } from "../services.js";
import type { SentAttachment } from "./attachment.entity.js";
import { attachmentUrl } from "./attachment-url.js";

/** As long as the link back to the conversation, which travels with them. */
const lifetimeMs = 30 * 24 * 3_600_000;

/** A message's attachments as channels get them: nothing is read before a channel opens one. */
export function outboundAttachments(services: Services, sent: readonly SentAttachment[]): OutboundAttachment[] {
  return sent.map(({ id, name, contentType, sizeBytes }) => ({
    id,
    name,
    contentType,
    sizeBytes,
    url: attachmentUrl(services, id, lifetimeMs),
    open: () => services.attachments.read(id),
  }));
}

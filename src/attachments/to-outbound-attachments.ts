import type { OutboundAttachment } from "../channels/channel.js";
import type { Services } from "../services.js";
import type { SentAttachment } from "./attachment.entity.js";
import { attachmentUrl } from "./attachment-url.js";

/** The same as for the link back to the conversation, which is sent along. */
const lifetimeMs = 30 * 24 * 3_600_000;

/** A message's attachments in the form that channels receive; a file is only read when the channel opens it. */
export function toOutboundAttachments(services: Services, sent: readonly SentAttachment[]): OutboundAttachment[] {
  return sent.map(({ id, name, contentType, sizeBytes }) => ({
    id,
    name,
    contentType,
    sizeBytes,
    url: attachmentUrl(services, id, lifetimeMs),
    open: () => services.attachments.read(id),
  }));
}

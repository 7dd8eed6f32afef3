import type { ChannelPreview, DeliveryResult, MessagePreview, Outbound } from "afterchat/channel";
import { parseEmailAddress } from "../address.js";
import { ALL_LINKED } from "./attached-files.js";
import { type ComposedMail, composeMail } from "./compose-mail.js";
import type { DeliverOptions } from "./deliver-mail.js";
import { renderMail } from "./render-mail.js";
import { createReturnAddresses } from "./return-addresses.js";

/** Stands before the subject of a preview that is sent: nobody is to take it for the email itself. */
const mark = "Preview: ";

/** The email of a delivery, made as for sending it. Files are links in it. */
export function createPreview({ config, host, render, send }: DeliverOptions): ChannelPreview<string> {
  const addresses = createReturnAddresses(config, host);

  const compose = async (outbound: Outbound<string>): Promise<ComposedMail> => {
    const options = { replyVia: config.replyVia, unsubscribeUrl: outbound.links.conversation };
    const rendered = renderMail(outbound, { files: ALL_LINKED, transcript: "never" }, options);
    const body = await render(rendered, outbound.deliveryId);
    return composeMail(outbound, rendered, body, addresses, host.now());
  };
  return {
    async render(outbound): Promise<MessagePreview> {
      const { from, subject, html, text } = await compose(outbound);
      return { from: `${from.name} <${from.address}>`, subject, html, text };
    },
    async send(outbound, signal): Promise<DeliveryResult> {
      const address = parseEmailAddress(String(outbound.address));
      if (!address.ok)
        return { outcome: "rejected", failure: { code: "ADDRESS_INVALID", detail: `The address ${address.problem}` } };
      const mail = await compose({ ...outbound, address: address.address });
      return send({ ...mail, subject: `${mark}${mail.subject}` }, outbound.conversation.id, signal);
    },
  };
}

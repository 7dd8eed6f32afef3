import type { ChannelConnection, ChannelHost, DeliveryResult } from "afterchat/channel";
import { parseEmailAddress } from "../address.js";
import type { EmailConfig } from "../settings.js";
import { ALL_LINKED, type FilesInMail, readFiles } from "./attached-files.js";
import { type ComposedMail, composeMail } from "./compose-mail.js";
import type { Renderer } from "./custom-template.js";
import type { MailTransport } from "./mail-transport.js";
import { type AttachOptions, renderMail } from "./render-mail.js";
import { createReturnAddresses } from "./return-addresses.js";

export interface DeliverOptions {
  readonly config: EmailConfig;
  readonly host: ChannelHost;
  readonly render: Renderer;
  readonly send: MailTransport["send"];
}

type Deliver = ChannelConnection<string>["deliver"];

const aborted: DeliveryResult = {
  outcome: "retry",
  failure: { code: "TIMED_OUT", detail: "Stopped before the email was sent" },
};

/** Renders, composes and sends the email of a delivery; never throws. */
export function createDeliver({ config, host, render, send }: DeliverOptions): Deliver {
  const addresses = createReturnAddresses(config, host);

  return async (outbound, signal): Promise<DeliveryResult> => {
    // Anything else in the database would reach an address list parser, for which "a@evil, b@good" is two recipients.
    const address = parseEmailAddress(String(outbound.address));
    if (!address.ok)
      return { outcome: "rejected", failure: { code: "ADDRESS_INVALID", detail: `The address ${address.problem}` } };
    let files: FilesInMail;
    try {
      files = await readFiles(outbound, signal);
    } catch (error) {
      if (signal.aborted) return aborted;
      host.logger.warn("An attachment could not be read", { deliveryId: outbound.deliveryId, error });
      return { outcome: "retry", failure: { code: "UNAVAILABLE", detail: "An attachment could not be read" } };
    }
    const sendWith = async (attach: AttachOptions): Promise<{ result: DeliveryResult; attachments: number }> => {
      let mail: ComposedMail;
      try {
        const unsubscribeUrl = addresses.unsubscribeUrl(outbound.conversation.id);
        const rendered = renderMail(outbound, attach, { replyVia: config.replyVia, unsubscribeUrl });
        const body = await render(rendered, outbound.deliveryId);
        mail = composeMail({ ...outbound, address: address.address }, rendered, body, addresses, host.now());
      } catch (error) {
        // A bug in Afterchat: retried, because a later version may have fixed it, and logged as an error.
        host.logger.error("An email could not be composed", { deliveryId: outbound.deliveryId, error });
        const detail = "The email could not be composed";
        return { result: { outcome: "retry", failure: { code: "UNKNOWN", detail } }, attachments: 0 };
      }
      const result = await send(mail, outbound.conversation.id, signal);
      return { result, attachments: mail.attachments.length };
    };
    const { result, attachments } = await sendWith({ files, transcript: "if-needed" });
    if (attachments === 0 || result.outcome !== "rejected" || result.failure.code !== "CONTENT_REJECTED") return result;
    // Too large for this server, or a file type that it rejects: the text is sent without attachments.
    return (await sendWith({ files: ALL_LINKED, transcript: "never" })).result;
  };
}

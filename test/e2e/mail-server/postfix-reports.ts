import type { MailServer } from "../../support/servers/mail/mail-server.js";

/** Waits until Postfix logs this status of a mail to an address: "sent", or "deferred (" and the beginning of the reason. */
export async function untilReported({ logs }: MailServer, address: string, status: string): Promise<void> {
  await logs.postfix.until(new RegExp(`to=<${escapeRegExp(address)}>.*status=${escapeRegExp(status)}`));
}

/** Waits until Postfix has bounced a mail to an address and delivered the report; returns the report's recipient. */
export async function untilBounced({ logs }: MailServer, address: string): Promise<string> {
  const [, mail] = await logs.postfix.until(new RegExp(`: (\\w+): to=<${escapeRegExp(address)}>.*status=`));
  const [, report] = await logs.postfix.until(new RegExp(`: ${mail}: sender non-delivery notification: (\\w+)`));
  const [, sender = ""] = await logs.postfix.until(new RegExp(`: ${report}: to=<([^>]+)>.*status=sent`));
  return sender;
}

function escapeRegExp(text: string): string {
  return text.replace(/[.+()]/g, "\\$&");
}

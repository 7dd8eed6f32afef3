import type { MailServer } from "../../support/servers/mail/mail-server.js";

/** Waits until Postfix says that a mail to an address came to this: "sent", or "deferred (" and the beginning of why. */
export async function untilReported({ logs }: MailServer, address: string, status: string): Promise<void> {
  await logs.postfix.until(new RegExp(`to=<${literally(address)}>.*status=${literally(status)}`));
}

/** Waits until Postfix has given up a mail to an address, and has brought its report; returns the address of that. */
export async function untilSentBack({ logs }: MailServer, address: string): Promise<string> {
  const [, mail] = await logs.postfix.until(new RegExp(`: (\\w+): to=<${literally(address)}>.*status=`));
  const [, report] = await logs.postfix.until(new RegExp(`: ${mail}: sender non-delivery notification: (\\w+)`));
  const [, sender = ""] = await logs.postfix.until(new RegExp(`: ${report}: to=<([^>]+)>.*status=sent`));
  return sender;
}

function literally(text: string): string {
  return text.replace(/[.+()]/g, "\\$&");
}

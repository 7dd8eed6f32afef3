import { startMailServer } from "./mail-server.js";

/** `npm run mail-server -- ana@visitor.test …`: the mail servers to play with by hand, until Ctrl-C. */
const server = await startMailServer();
const addresses = process.argv.slice(2);
const mailboxes = await Promise.all(
  (addresses.length > 0 ? addresses : ["ana@visitor.test"]).map((address) => server.addMailbox(address)),
);
process.stdout.write(
  `${[
    `Postfix and Dovecot run on loopback. Send through EMAIL_SMTP_URL=smtp://127.0.0.1:${server.smtpPort}`,
    ...mailboxes.map((mailbox) => `Read ${mailbox.address} at ${mailbox.imapUrl}, or mutt -f ${mailbox.maildir}`),
    `Logs: ${server.logs.postfix.path} and ${server.logs.dovecot.path}. Ctrl-C ends it and removes everything.`,
  ].join("\n")}\n`,
);
await new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
});
await server.stop();

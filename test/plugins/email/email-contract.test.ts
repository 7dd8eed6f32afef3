import { generateKeyPairSync } from "node:crypto";
import { fileURLToPath } from "node:url";
import { type ChannelFixture, channelContract, everyBehaviour } from "afterchat/channel-contract";
import { emailChannel } from "../../../plugins/email/index.js";
import { PASSWORD, startFakeSmtpServer } from "./fake-smtp-server.js";
import { inboundMails, webhookSecret } from "./inbound-mails.js";

function ecKey(namedCurve: string) {
  return generateKeyPairSync("ec", {
    namedCurve,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
}

const common = {
  environment: { EMAIL_FROM: "chat@example.com", EMAIL_WEBHOOK_SECRET: webhookSecret },
  badEnvironments: [
    {
      environment: {
        EMAIL_SMTP_URL: "https://user:hunter2@example.com",
        EMAIL_FROM: "Company <chat@example.com>, other@example.com",
        EMAIL_REPLY_DOMAIN: "reply example",
        EMAIL_POOL_SIZE: "many",
        EMAIL_SMTP_LISTEN: "2525",
        EMAIL_LMTP_LISTEN: "localhost:99999",
        EMAIL_IMAP_URL: "imap://user:hunter2%@example.com",
        EMAIL_WEBHOOK_SECRET: "hunter2",
        EMAIL_MAILGUN_SIGNING_KEY: "hunter2",
        EMAIL_POSTMARK_SECRET: "hunter2@the/webhook",
        EMAIL_SENDGRID_PUBLIC_KEY: "hunter2",
        EMAIL_MAX_SIZE_BYTES: "99000000",
        EMAIL_LISTEN_TLS_KEY: "/nowhere/hunter2.pem",
      },
      variables: [
        ...["EMAIL_FROM", "EMAIL_IMAP_URL", "EMAIL_LISTEN_TLS_KEY", "EMAIL_LMTP_LISTEN", "EMAIL_MAX_SIZE_BYTES"],
        ...["EMAIL_MAILGUN_SIGNING_KEY", "EMAIL_POSTMARK_SECRET", "EMAIL_SENDGRID_PUBLIC_KEY"],
        ...["EMAIL_POOL_SIZE", "EMAIL_REPLY_DOMAIN", "EMAIL_SMTP_LISTEN", "EMAIL_SMTP_URL", "EMAIL_WEBHOOK_SECRET"],
      ],
    },
    // A key of another curve, which cannot verify the signature, and a private key, which would have leaked.
    ...[ecKey("secp384r1").publicKey, ecKey("prime256v1").privateKey].map((key) => ({
      environment: { EMAIL_SENDGRID_PUBLIC_KEY: key },
      variables: ["EMAIL_SENDGRID_PUBLIC_KEY"],
    })),
    { environment: { EMAIL_IMAP_URL: "imaps://example.com/INBOX" }, variables: ["EMAIL_IMAP_URL"] },
    { environment: { EMAIL_IMAP_URL: "https://user:hunter2@example.com" }, variables: ["EMAIL_IMAP_URL"] },
    { environment: { EMAIL_LISTEN_TLS_CERT: fileURLToPath(import.meta.url) }, variables: ["EMAIL_LISTEN_TLS_KEY"] },
    { environment: { EMAIL_SMTP_URL: "smtp://user@example.com:587" }, variables: ["EMAIL_SMTP_URL"] },
    { environment: { EMAIL_SMTP_URL: "smtp://user:hunter2%@example.com" }, variables: ["EMAIL_SMTP_URL"] },
    { environment: { EMAIL_SMTP_URL: "smtp://example.com/path?secure=no" }, variables: ["EMAIL_SMTP_URL"] },
    { environment: { NODE_ENV: "production", EMAIL_FROM: "chat@example.com" }, variables: ["EMAIL_SMTP_URL"] },
  ],
  unconfiguredEnvironment: { NODE_ENV: "production" },
  goodAddresses: [
    "ana@example.com",
    "ana+chat@example.com",
    "ana@localhost",
    "ana@bücher.example",
    " ana@example.com ",
  ],
  badAddresses: [
    "",
    "ana",
    "@example.com",
    "ana@",
    "a@evil.example, b@good.example",
    "a@evil.example;b@good.example",
    "Ana <ana@example.com>",
    "ana@example.com (work)",
    '"ana b"@example.com',
    "ana@x\r\nRCPT TO:<e@x>",
    "ana@example.com\r\n",
    "ana b@example.com",
    "ana@exa mple.com",
    "ana..b@example.com",
    ".ana@example.com",
    "ana@@example.com",
    "ana@-example.com",
    "ana@example..com",
    "ana@[127.0.0.1]",
    "ana@127.0.0.1",
    "ana@0x7f.1",
    "ana@ex%61mple.com",
    "żółć@example.com",
    `${"a".repeat(65)}@example.com`,
    `ana@${"a.".repeat(126)}example`,
    null,
    7,
    { address: "ana@example.com" },
  ],
  secrets: [PASSWORD, encodeURIComponent(PASSWORD), Buffer.from(PASSWORD).toString("base64"), "hunter2"],
} satisfies Partial<ChannelFixture>;

channelContract(emailChannel, {
  ...common,
  behaviours: everyBehaviour,
  start: async (host) => ({ ...(await startFakeSmtpServer()), inbound: inboundMails(host) }),
});

channelContract(emailChannel, {
  ...common,
  behaviours: [],
  start: async (host) => ({
    environment: {},
    inbound: inboundMails(host),
    received: async () =>
      [...host.entries]
        .filter(([key]) => key.startsWith("mail/"))
        .map(
          ([, value]) =>
            value as { readonly text: string; readonly headers: readonly { name: string; value: string }[] },
        )
        .map(({ text, headers }) => ({
          text,
          messageId: headers.find(({ name }) => name === "Message-ID")?.value ?? null,
        })),
    behave: async () => {},
    stop: async () => {},
  }),
});

import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { isWebhookSecret, maxOriginalBytes, webhookSecretAdvice } from "afterchat/channel";
import { z } from "zod";
import { readSendGridKey } from "./providers/sendgrid-signature.js";

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** In PEM. */
export interface TlsFiles {
  readonly key: string;
  readonly certificate: string;
}

export interface ImapServer {
  readonly host: string;
  readonly port: number;
  /** `from-the-start`: imaps. `upgrade`: imap, with STARTTLS required except on loopback. */
  readonly encryption: "from-the-start" | "upgrade";
  readonly user: string;
  readonly password: string;
  readonly folder: string;
}

/** The configured inbound sources; sending works without any. */
export interface InboundConfig {
  readonly maxSizeBytes: number;
  readonly smtpListen: ListenAddress | null;
  readonly lmtpListen: ListenAddress | null;
  readonly tls: TlsFiles | null;
  readonly imap: ImapServer | null;
  readonly webhookSecret: string | null;
  readonly mailgunSigningKey: string | null;
  readonly postmarkSecret: string | null;
  readonly sendGridKey: KeyObject | null;
}

const listenAddress = z.string().transform((text, context): ListenAddress => {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s/]+)):(\d{1,5})$/i.exec(text.trim());
  const port = Number(match?.[3]);
  if (match !== null && port <= 65_535) return { host: match[1] ?? match[2] ?? "", port };
  context.addIssue({ code: "custom", message: "must be host:port, such as 127.0.0.1:2525 or 0.0.0.0:25" });
  return z.NEVER;
});

const webhookSecret = z.string().refine(isWebhookSecret, webhookSecretAdvice);

const mailgunSigningKey = z.string().trim().min(16, "must be the HTTP webhook signing key of the Mailgun account");

const postmarkSecret = z
  .string()
  .trim()
  .regex(
    /^[\w.~-]{16,}$/,
    "must have at least 16 letters, digits, - . _ or ~, since it is part of the URL that Postmark posts to",
  );

const sendGridKey = z.string().transform((text, context): KeyObject => {
  try {
    return readSendGridKey(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
});

const pemFile = z.string().transform((path, context): string => {
  try {
    return readFileSync(path.trim(), "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    context.addIssue({ code: "custom", message: `must be the path of a readable PEM file (${code})` });
    return z.NEVER;
  }
});

const imapUrl = z.string().transform((text, context): ImapServer => {
  const server = parseImapUrl(text.trim());
  if (typeof server !== "string") return server;
  context.addIssue({ code: "custom", message: server });
  return z.NEVER;
});

/** Schemas by variable, for the channel's settings. */
export const inboundVariables = {
  EMAIL_SMTP_LISTEN: listenAddress.optional(),
  EMAIL_LMTP_LISTEN: listenAddress.optional(),
  EMAIL_LISTEN_TLS_KEY: pemFile.optional(),
  EMAIL_LISTEN_TLS_CERT: pemFile.optional(),
  EMAIL_IMAP_URL: imapUrl.optional(),
  EMAIL_WEBHOOK_SECRET: webhookSecret.optional(),
  EMAIL_MAILGUN_SIGNING_KEY: mailgunSigningKey.optional(),
  EMAIL_POSTMARK_SECRET: postmarkSecret.optional(),
  EMAIL_SENDGRID_PUBLIC_KEY: sendGridKey.optional(),
  EMAIL_MAX_SIZE_BYTES: z.coerce
    .number("must be a number of bytes")
    .int("must be a whole number of bytes")
    .min(65_536, "must be at least 65536")
    .max(maxOriginalBytes, `must be at most ${maxOriginalBytes}`)
    .default(maxOriginalBytes),
} as const;

const inboundSettings = z.object(inboundVariables);

/** Checks settings that depend on each other, once each is valid by itself. */
export function inboundFaults({
  EMAIL_LISTEN_TLS_KEY: key,
  EMAIL_LISTEN_TLS_CERT: cert,
}: z.output<typeof inboundSettings>): { readonly variable: string; readonly problem: string }[] {
  if (key === undefined && cert === undefined) return [];
  if (key === undefined)
    return [{ variable: "EMAIL_LISTEN_TLS_KEY", problem: "is required with EMAIL_LISTEN_TLS_CERT" }];
  if (cert === undefined)
    return [{ variable: "EMAIL_LISTEN_TLS_CERT", problem: "is required with EMAIL_LISTEN_TLS_KEY" }];
  try {
    createSecureContext({ key, cert });
    return [];
  } catch {
    // The error's message may quote the key.
    return [
      { variable: "EMAIL_LISTEN_TLS_CERT", problem: "must be a PEM certificate that matches EMAIL_LISTEN_TLS_KEY" },
    ];
  }
}

export function inboundConfig(settings: z.output<typeof inboundSettings>): InboundConfig {
  const { EMAIL_LISTEN_TLS_KEY: key, EMAIL_LISTEN_TLS_CERT: certificate } = settings;
  return {
    maxSizeBytes: settings.EMAIL_MAX_SIZE_BYTES,
    smtpListen: settings.EMAIL_SMTP_LISTEN ?? null,
    lmtpListen: settings.EMAIL_LMTP_LISTEN ?? null,
    tls: key !== undefined && certificate !== undefined ? { key, certificate } : null,
    imap: settings.EMAIL_IMAP_URL ?? null,
    webhookSecret: settings.EMAIL_WEBHOOK_SECRET ?? null,
    mailgunSigningKey: settings.EMAIL_MAILGUN_SIGNING_KEY ?? null,
    postmarkSecret: settings.EMAIL_POSTMARK_SECRET ?? null,
    sendGridKey: settings.EMAIL_SENDGRID_PUBLIC_KEY ?? null,
  };
}

/** The server, or a description of the problem, which never repeats the text: it contains a password. */
function parseImapUrl(text: string): ImapServer | string {
  const format = "must have the form imap[s]://user:password@host:port/folder";
  if (!URL.canParse(text)) return format;
  const url = new URL(text);
  if (url.protocol !== "imap:" && url.protocol !== "imaps:") return format;
  if (url.hostname === "") return "has no host: use imap[s]://user:password@host:port/folder";
  if (url.username === "" || url.password === "") return "must contain user and password";
  if (url.search || url.hash) return "must end after the folder";
  const encryption = url.protocol === "imaps:" ? "from-the-start" : "upgrade";
  try {
    return {
      host: decodeURIComponent(url.hostname).replace(/^\[|\]$/g, ""),
      port: Number(url.port) || (encryption === "from-the-start" ? 993 : 143),
      encryption,
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      folder: decodeURIComponent(url.pathname.slice(1)) || "INBOX",
    };
  } catch {
    return "must encode a % sign in user, password or folder as %25";
  }
}

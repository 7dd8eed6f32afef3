import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { isWebhookSecret, maxOriginalBytes, webhookSecretAdvice } from "afterchat/channel";
import { z } from "zod";
import { readSendGridKey } from "./providers/sendgrid-signature.js";

export interface ListenAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** PEM texts. */
export interface TlsFiles {
  readonly key: string;
  readonly certificate: string;
}

export interface ImapServer {
  readonly host: string;
  readonly port: number;
  /** `from-the-start`: imaps. `upgrade`: imap, with STARTTLS always but on loopback. */
  readonly encryption: "from-the-start" | "upgrade";
  readonly user: string;
  readonly password: string;
  readonly folder: string;
}

/** The ways in that are set up; none is needed to send. */
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
  context.addIssue({ code: "custom", message: "write host:port, such as 127.0.0.1:2525 or 0.0.0.0:25" });
  return z.NEVER;
});

const webhookSecret = z.string().refine(isWebhookSecret, webhookSecretAdvice);

const mailgunSigningKey = z.string().trim().min(16, "write the HTTP webhook signing key of the Mailgun account");

const postmarkSecret = z
  .string()
  .trim()
  .regex(
    /^[\w.~-]{16,}$/,
    "write at least 16 letters, digits, - . _ or ~: it stands in the address that Postmark posts to",
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
    context.addIssue({ code: "custom", message: `name a PEM file that this program can read (${code})` });
    return z.NEVER;
  }
});

const imapUrl = z.string().transform((text, context): ImapServer => {
  const server = parseImapUrl(text.trim());
  if (typeof server !== "string") return server;
  context.addIssue({ code: "custom", message: server });
  return z.NEVER;
});

/** By variable, to be spread into the channel's settings. */
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
    .number("write a number of bytes")
    .int("write a whole number of bytes")
    .min(65_536, "write at least 65536")
    .max(maxOriginalBytes, `write at most ${maxOriginalBytes}`)
    .default(maxOriginalBytes),
} as const;

const inboundSettings = z.object(inboundVariables);

/** What goes together, checked once each is in order by itself. */
export function inboundFaults({
  EMAIL_LISTEN_TLS_KEY: key,
  EMAIL_LISTEN_TLS_CERT: cert,
}: z.output<typeof inboundSettings>): { readonly variable: string; readonly problem: string }[] {
  if (key === undefined && cert === undefined) return [];
  if (key === undefined) return [{ variable: "EMAIL_LISTEN_TLS_KEY", problem: "name the certificate's key too" }];
  if (cert === undefined) return [{ variable: "EMAIL_LISTEN_TLS_CERT", problem: "name the key's certificate too" }];
  try {
    createSecureContext({ key, cert });
    return [];
  } catch {
    // What went wrong may quote the key.
    return [
      { variable: "EMAIL_LISTEN_TLS_CERT", problem: "certificate and key are no PEM files that belong together" },
    ];
  }
}

export function inboundConfig(given: z.output<typeof inboundSettings>): InboundConfig {
  const { EMAIL_LISTEN_TLS_KEY: key, EMAIL_LISTEN_TLS_CERT: certificate } = given;
  return {
    maxSizeBytes: given.EMAIL_MAX_SIZE_BYTES,
    smtpListen: given.EMAIL_SMTP_LISTEN ?? null,
    lmtpListen: given.EMAIL_LMTP_LISTEN ?? null,
    tls: key !== undefined && certificate !== undefined ? { key, certificate } : null,
    imap: given.EMAIL_IMAP_URL ?? null,
    webhookSecret: given.EMAIL_WEBHOOK_SECRET ?? null,
    mailgunSigningKey: given.EMAIL_MAILGUN_SIGNING_KEY ?? null,
    postmarkSecret: given.EMAIL_POSTMARK_SECRET ?? null,
    sendGridKey: given.EMAIL_SENDGRID_PUBLIC_KEY ?? null,
  };
}

/** The server, or what is wrong with the text, which is never repeated: it holds a password. */
function parseImapUrl(text: string): ImapServer | string {
  const shape = "write imap[s]://user:password@host:port/folder";
  if (!URL.canParse(text)) return shape;
  const url = new URL(text);
  if (url.protocol !== "imap:" && url.protocol !== "imaps:") return shape;
  if (url.hostname === "") return `the host is missing: ${shape}`;
  if (url.username === "" || url.password === "") return "give user and password";
  if (url.search || url.hash) return "nothing may follow the folder";
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
    return "write a % sign in user, password or folder as %25";
  }
}

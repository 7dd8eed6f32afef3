import {
  type ChannelSetting,
  type Environment,
  SettingsError,
  type SettingsFault,
  settingsOf,
  signedIdLength,
} from "afterchat/channel";
import { z } from "zod";
import { emailAddress, MAX_LOCAL_PART_LENGTH, parseDomain, splitAddress } from "./address.js";
import { type InboundConfig, inboundConfig, inboundFaults, inboundVariables } from "./inbound/inbound-settings.js";
import { chooseReplyVia, type ReplyVia } from "./inbound/reply-via.js";
import { resolveTemplate } from "./outgoing/custom-template.js";
import { type DkimSigning, readSigningKey } from "./outgoing/dkim.js";

export interface EmailConfig {
  /** The address in From; replies and bounces go to plus addresses of it unless `replyDomain` is set. */
  readonly from: string;
  /** Afterchat receives mail for every address of this domain; `null`: for plus addresses of `from`. */
  readonly replyDomain: string | null;
  /** The name of the operator's server in Authentication-Results that are trusted; `null`: none are. */
  readonly authservId: string | null;
  readonly replyVia: ReplyVia;
  /** The file of a custom template; `null`: the built-in one. */
  readonly template: string | null;
  readonly delivery: { readonly through: "dev-mailbox" } | ({ readonly through: "smtp" } & SmtpServer);
  readonly inbound: InboundConfig;
}

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /**
   * `from-the-start`: smtps. `upgrade`: smtp, with STARTTLS if the server offers it; with credentials it is required.
   */
  readonly encryption: "from-the-start" | "upgrade";
  readonly credentials: { readonly user: string; readonly password: string } | null;
  /** Maximum number of open connections. */
  readonly poolSize: number;
  /** `null`: emails are not signed. */
  readonly signing: DkimSigning | null;
}

const smtpUrl = z.string().transform((text, context) => {
  const server = parseSmtpUrl(text);
  if (typeof server !== "string") return server;
  context.addIssue({ code: "custom", message: server });
  return z.NEVER;
});

const domainName = (example: string) =>
  z.string().transform((text, context) => {
    const domain = parseDomain(text.trim());
    if (domain !== null) return domain;
    context.addIssue({ code: "custom", message: `must be a domain name, such as ${example}` });
    return z.NEVER;
  });

/** The result of `read`, or the message of the error that it throws. */
const readWith = (read: (text: string) => string) =>
  z.string().transform((text, context) => {
    try {
      return read(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });

const settings = z.object({
  EMAIL_SMTP_URL: smtpUrl.optional(),
  EMAIL_FROM: emailAddress.default("chat@localhost"),
  EMAIL_REPLY_DOMAIN: domainName("reply.example.com").optional(),
  EMAIL_POOL_SIZE: z.coerce
    .number("must be a number of connections")
    .int("must be a whole number of connections")
    .min(1, "must be at least 1")
    .max(100, "must be at most 100")
    .default(5),
  EMAIL_AUTHSERV_ID: z
    .string()
    .trim()
    .regex(
      /^[\w.-]{1,253}$/,
      "must be the name that your mail server writes first in Authentication-Results, such as mx.example.com",
    )
    .optional(),
  ...inboundVariables,
  EMAIL_TEMPLATE: readWith((text) => resolveTemplate(text.trim())).optional(),
  EMAIL_DKIM_KEY: readWith(readSigningKey).optional(),
  EMAIL_DKIM_SELECTOR: domainName("mail2026").optional(),
  EMAIL_DKIM_DOMAIN: domainName("example.com").optional(),
});

/** Without EMAIL_SMTP_URL no email leaves the machine, although the schema accepts that during development. */
export const emailSettings: readonly ChannelSetting[] = settingsOf(settings).map(({ name, required }) => ({
  name,
  required: required || name === "EMAIL_SMTP_URL",
}));

/**
 * Without EMAIL_SMTP_URL emails are stored in the dev mailbox. In production it is required, so that emails are not
 * silently lost; if no email setting is set at all, the result is `undefined`.
 * @throws {SettingsError} naming every fault. The value of EMAIL_SMTP_URL is never repeated: it contains a password.
 */
export function readSettings(environment: Environment): EmailConfig | undefined {
  const values = Object.fromEntries(
    Object.keys(settings.shape)
      .map((variable) => [variable, environment[variable]])
      .filter(([, value]) => value?.trim()),
  );
  const production = environment.NODE_ENV === "production";
  if (production && Object.keys(values).length === 0) return undefined;

  const parsed = settings.safeParse(values);
  const faults: SettingsFault[] = (parsed.error?.issues ?? []).map((issue) => ({
    variable: String(issue.path[0]),
    problem: issue.message,
  }));
  if (production && !("EMAIL_SMTP_URL" in values)) {
    faults.push({
      variable: "EMAIL_SMTP_URL",
      problem: "must name the server to send through, as smtp[s]://user:password@host:port",
    });
  }
  if (parsed.success && parsed.data.EMAIL_REPLY_DOMAIN === undefined)
    faults.push(...plusAddressFaults(parsed.data.EMAIL_FROM));
  if (parsed.success) faults.push(...inboundFaults(parsed.data));
  faults.push(...signingFaults(values));
  if (!parsed.success || faults.length > 0) throw new SettingsError(faults);

  const { EMAIL_SMTP_URL, EMAIL_FROM, EMAIL_REPLY_DOMAIN, EMAIL_POOL_SIZE, EMAIL_AUTHSERV_ID, EMAIL_TEMPLATE } =
    parsed.data;
  return {
    from: EMAIL_FROM,
    replyDomain: EMAIL_REPLY_DOMAIN ?? null,
    authservId: EMAIL_AUTHSERV_ID ?? null,
    // Whoever answers in the dev mailbox answers by email.
    replyVia: EMAIL_SMTP_URL ? chooseReplyVia(environment) : "email",
    template: EMAIL_TEMPLATE ?? null,
    delivery: EMAIL_SMTP_URL
      ? { through: "smtp", ...EMAIL_SMTP_URL, poolSize: EMAIL_POOL_SIZE, signing: signingOf(parsed.data) }
      : { through: "dev-mailbox" },
    inbound: inboundConfig(parsed.data),
  };
}

/** Key and selector are only useful together; with one of them, emails would silently be sent unsigned. */
function signingFaults(values: Environment): SettingsFault[] {
  const required = ["EMAIL_DKIM_KEY", "EMAIL_DKIM_SELECTOR"];
  if (![...required, "EMAIL_DKIM_DOMAIN"].some((variable) => variable in values)) return [];
  return required
    .filter((variable) => !(variable in values))
    .map((variable) => ({ variable, problem: "is required to sign emails: set key and selector, or neither" }));
}

function signingOf(data: z.infer<typeof settings>): DkimSigning | null {
  const { EMAIL_DKIM_KEY: privateKey, EMAIL_DKIM_SELECTOR: selector, EMAIL_DKIM_DOMAIN, EMAIL_FROM } = data;
  if (privateKey === undefined || selector === undefined) return null;
  return { domain: EMAIL_DKIM_DOMAIN ?? splitAddress(EMAIL_FROM).domain, selector, privateKey };
}

/** Replies go to From's mailbox with a signed token after a plus sign: both must fit into a local part. */
function plusAddressFaults(from: string): SettingsFault[] {
  const [mailbox = ""] = splitAddress(from).localPart.split("+", 1);
  const maxLength = MAX_LOCAL_PART_LENGTH - signedIdLength - 1;
  if (mailbox.length <= maxLength) return [];
  const problem = `may have at most ${maxLength} characters before the @ sign, to leave room for signed reply addresses: shorten it or set EMAIL_REPLY_DOMAIN`;
  return [{ variable: "EMAIL_FROM", problem }];
}

/** The server, or a description of the problem. */
function parseSmtpUrl(text: string): Omit<SmtpServer, "poolSize" | "signing"> | string {
  const format = "must have the form smtp[s]://user:password@host:port";
  if (!URL.canParse(text)) return format;
  const url = new URL(text);
  if (url.protocol !== "smtp:" && url.protocol !== "smtps:") return format;
  if (url.hostname === "") return "has no host: use smtp[s]://user:password@host:port";
  if (!["", "/"].includes(url.pathname) || url.search || url.hash) return "must end after the port";
  if ((url.username === "") !== (url.password === "")) return "must contain both user and password, or neither";
  const encryption = url.protocol === "smtps:" ? "from-the-start" : "upgrade";
  let credentials: SmtpServer["credentials"] = null;
  try {
    if (url.username) {
      credentials = { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
    }
  } catch {
    return "must encode a % sign in user or password as %25";
  }
  return {
    host: decodeURIComponent(url.hostname).replace(/^\[|\]$/g, ""),
    port: Number(url.port) || (encryption === "from-the-start" ? 465 : 587),
    encryption,
    credentials,
  };
}

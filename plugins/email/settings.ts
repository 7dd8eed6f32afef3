import { type Environment, SettingsError, type SettingsFault, signedIdLength } from "afterchat/channel";
import { z } from "zod";
import { emailAddress, MAX_LOCAL_PART_LENGTH, parseDomain, splitAddress } from "./address.js";
import { type InboundConfig, inboundConfig, inboundFaults, inboundVariables } from "./inbound/inbound-settings.js";
import { repliesArrive } from "./inbound/reply-via.js";
import { resolveTemplate } from "./outgoing/custom-template.js";
import { type DkimSigning, readSigningKey } from "./outgoing/dkim.js";

export interface EmailConfig {
  /** The address in From; replies and bounces go to it with plus addresses unless `replyDomain` is set. */
  readonly from: string;
  /** Every mailbox of this domain reaches Afterchat; `null`: plus addresses of `from`. */
  readonly replyDomain: string | null;
  /** Under this name the operator's own server writes Authentication-Results that are believed; `null`: none are. */
  readonly authservId: string | null;
  /** Where a mail asks for the answer. */
  readonly answering: "email" | "website";
  /** The file of an operator's own template; `null`: the built-in one. */
  readonly template: string | null;
  readonly delivery: { readonly through: "mailbox" } | ({ readonly through: "smtp" } & SmtpServer);
  /** By which ways mail comes in. */
  readonly inbound: InboundConfig;
}

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `from-the-start`: smtps. `upgrade`: smtp, with STARTTLS where it is offered, and always when there are credentials. */
  readonly encryption: "from-the-start" | "upgrade";
  readonly credentials: { readonly user: string; readonly password: string } | null;
  /** Connections open at the same time. */
  readonly poolSize: number;
  /** `null`: mails go out without a signature. */
  readonly signing: DkimSigning | null;
}

const smtpUrl = z.string().transform((text, context) => {
  const server = parseSmtpUrl(text);
  if (typeof server !== "string") return server;
  context.addIssue({ code: "custom", message: server });
  return z.NEVER;
});

const domainLike = (example: string) =>
  z.string().transform((text, context) => {
    const domain = parseDomain(text.trim());
    if (domain !== null) return domain;
    context.addIssue({ code: "custom", message: `write a domain name, such as ${example}` });
    return z.NEVER;
  });

/** What `read` makes of the text, or the problem that it throws. */
const readBy = (read: (text: string) => string) =>
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
  EMAIL_REPLY_DOMAIN: domainLike("reply.example.com").optional(),
  EMAIL_POOL_SIZE: z.coerce
    .number("write a number of connections")
    .int("write a whole number of connections")
    .min(1, "write at least 1")
    .max(100, "write at most 100")
    .default(5),
  EMAIL_AUTHSERV_ID: z
    .string()
    .trim()
    .regex(
      /^[\w.-]{1,253}$/,
      "write the name that your mail server puts first in Authentication-Results, such as mx.example.com",
    )
    .optional(),
  ...inboundVariables,
  EMAIL_TEMPLATE: readBy((text) => resolveTemplate(text.trim())).optional(),
  EMAIL_DKIM_KEY: readBy(readSigningKey).optional(),
  EMAIL_DKIM_SELECTOR: domainLike("mail2026").optional(),
  EMAIL_DKIM_DOMAIN: domainLike("example.com").optional(),
});

/**
 * Without EMAIL_SMTP_URL mails are kept in the mailbox, except in production, where a forgotten server must not swallow
 * mail: `undefined` then, as long as nothing else of email is set.
 * @throws {SettingsError} naming every fault. The text of EMAIL_SMTP_URL is never repeated: it holds a password.
 */
export function readSettings(environment: Environment): EmailConfig | undefined {
  const given = Object.fromEntries(
    Object.keys(settings.shape)
      .map((variable) => [variable, environment[variable]])
      .filter(([, value]) => value?.trim()),
  );
  const production = environment.NODE_ENV === "production";
  if (production && Object.keys(given).length === 0) return undefined;

  const parsed = settings.safeParse(given);
  const faults: SettingsFault[] = (parsed.error?.issues ?? []).map((issue) => ({
    variable: String(issue.path[0]),
    problem: issue.message,
  }));
  if (production && !("EMAIL_SMTP_URL" in given)) {
    faults.push({
      variable: "EMAIL_SMTP_URL",
      problem: "name the server to send through, smtp[s]://user:password@host:port",
    });
  }
  if (parsed.success && parsed.data.EMAIL_REPLY_DOMAIN === undefined)
    faults.push(...plusAddressFaults(parsed.data.EMAIL_FROM));
  if (parsed.success) faults.push(...inboundFaults(parsed.data));
  faults.push(...signingFaults(given));
  if (!parsed.success || faults.length > 0) throw new SettingsError(faults);

  const { EMAIL_SMTP_URL, EMAIL_FROM, EMAIL_REPLY_DOMAIN, EMAIL_POOL_SIZE, EMAIL_AUTHSERV_ID, EMAIL_TEMPLATE } =
    parsed.data;
  return {
    from: EMAIL_FROM,
    replyDomain: EMAIL_REPLY_DOMAIN ?? null,
    authservId: EMAIL_AUTHSERV_ID ?? null,
    answering: repliesArrive(environment),
    template: EMAIL_TEMPLATE ?? null,
    delivery: EMAIL_SMTP_URL
      ? { through: "smtp", ...EMAIL_SMTP_URL, poolSize: EMAIL_POOL_SIZE, signing: signingOf(parsed.data) }
      : { through: "mailbox" },
    inbound: inboundConfig(parsed.data),
  };
}

/** A key without a selector could sign nothing, and the other way round: mail would go out unsigned unnoticed. */
function signingFaults(given: Environment): SettingsFault[] {
  const needed = ["EMAIL_DKIM_KEY", "EMAIL_DKIM_SELECTOR"];
  if (![...needed, "EMAIL_DKIM_DOMAIN"].some((variable) => variable in given)) return [];
  return needed
    .filter((variable) => !(variable in given))
    .map((variable) => ({ variable, problem: "is needed to sign mails: set key and selector, or neither" }));
}

function signingOf(data: z.infer<typeof settings>): DkimSigning | null {
  const { EMAIL_DKIM_KEY: privateKey, EMAIL_DKIM_SELECTOR: selector, EMAIL_DKIM_DOMAIN, EMAIL_FROM } = data;
  if (privateKey === undefined || selector === undefined) return null;
  return { domain: EMAIL_DKIM_DOMAIN ?? splitAddress(EMAIL_FROM).domain, selector, privateKey };
}

/** Replies go to the mailbox of From with a signed token behind a plus: both must fit a local part. */
function plusAddressFaults(from: string): SettingsFault[] {
  const [mailbox = ""] = splitAddress(from).localPart.split("+", 1);
  const longest = MAX_LOCAL_PART_LENGTH - signedIdLength - 1;
  if (mailbox.length <= longest) return [];
  const problem = `its name may have ${longest} characters, so that signed reply addresses fit; shorten it or set EMAIL_REPLY_DOMAIN`;
  return [{ variable: "EMAIL_FROM", problem }];
}

/** The server, or what is wrong with the text. */
function parseSmtpUrl(text: string): Omit<SmtpServer, "poolSize" | "signing"> | string {
  const shape = "write smtp[s]://user:password@host:port";
  if (!URL.canParse(text)) return shape;
  const url = new URL(text);
  if (url.protocol !== "smtp:" && url.protocol !== "smtps:") return shape;
  if (url.hostname === "") return "the host is missing: smtp[s]://user:password@host:port";
  if (!["", "/"].includes(url.pathname) || url.search || url.hash) return "nothing may follow the port";
  if ((url.username === "") !== (url.password === "")) return "give both user and password, or neither";
  const encryption = url.protocol === "smtps:" ? "from-the-start" : "upgrade";
  let credentials: SmtpServer["credentials"] = null;
  try {
    if (url.username) {
      credentials = { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
    }
  } catch {
    return "write a % sign in user or password as %25";
  }
  return {
    host: decodeURIComponent(url.hostname).replace(/^\[|\]$/g, ""),
    port: Number(url.port) || (encryption === "from-the-start" ? 465 : 587),
    encryption,
    credentials,
  };
}

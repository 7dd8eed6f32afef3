import { type Environment, isLoopbackHost, SettingsError, type SettingsFault } from "afterchat/channel";
import { z } from "zod";

/** Where the token came from, which decides what `GET /me` tells of it. */
export type TokenKind = "page" | "instagram-through-page" | "instagram-login";

export interface MetaConfig {
  /** The Page's id, or the Instagram account's as webhooks name it. */
  readonly accountId: string;
  readonly token: string;
  readonly tokenKind: TokenKind;
  /** Proves requests. */
  readonly appSecret: string;
  /** Webhooks may be signed with any of them: of an app whose secret was reset, and of Instagram Login beside a Page. */
  readonly webhookSecrets: readonly string[];
  /** What Meta must say when the webhook is set up. */
  readonly verifyToken: string;
  /** Without a slash at its end. */
  readonly graphUrl: string;
  readonly graphVersion: string;
}

const vendorId = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, "write the id alone, as Meta's settings show it");
const secret = (what: string) =>
  z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]+$/, `write ${what} alone, without spaces`);

const pageToken = secret("the token").min(8, "is too short for a token");
const appSecret = secret("the app's secret, or several with commas between them")
  .transform((text) => text.split(",").filter((one) => one !== ""))
  .refine(
    (secrets) => secrets.length > 0 && secrets.every((one) => one.length >= 16),
    "is too short: it stands in the app's basic settings",
  );
const verifyToken = secret("the text").min(8, "needs at least 8 characters");

const shared = {
  META_GRAPH_URL: z
    .string()
    .transform((text, context) => {
      const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
      const local = url !== null && isLoopbackHost(url.hostname);
      // The token travels in every request.
      if (url?.protocol === "https:" || (url?.protocol === "http:" && local)) return url.href.replace(/\/+$/, "");
      context.addIssue({
        code: "custom",
        message: "write a URL that begins with https:// (http:// on this machine only)",
      });
      return z.NEVER;
    })
    .optional(),
  META_GRAPH_VERSION: z
    .string()
    .trim()
    .regex(/^v\d{1,3}\.\d{1,2}$/, "write a version such as v26.0")
    .default("v26.0"),
};

const messengerSettings = z.object({
  MESSENGER_PAGE_ID: vendorId,
  MESSENGER_PAGE_TOKEN: pageToken,
  MESSENGER_APP_SECRET: appSecret,
  MESSENGER_VERIFY_TOKEN: verifyToken,
  ...shared,
});

const instagramSettings = z.object({
  INSTAGRAM_ACCOUNT_ID: vendorId,
  INSTAGRAM_TOKEN: pageToken,
  INSTAGRAM_APP_SECRET: appSecret,
  INSTAGRAM_VERIFY_TOKEN: verifyToken,
  INSTAGRAM_LOGIN: z
    .enum(["facebook", "instagram"], { error: "must be facebook (a Page's token) or instagram (Instagram Login)" })
    .default("facebook"),
  ...shared,
});

/** @throws {SettingsError} naming every fault; what a secret was set to is never repeated */
export function readMessengerSettings(environment: Environment): MetaConfig | undefined {
  const given = read(messengerSettings, "MESSENGER_", environment);
  if (given === undefined) return undefined;
  return {
    accountId: given.MESSENGER_PAGE_ID,
    token: given.MESSENGER_PAGE_TOKEN,
    tokenKind: "page",
    ...secretsOf(given.MESSENGER_APP_SECRET),
    verifyToken: given.MESSENGER_VERIFY_TOKEN,
    graphUrl: given.META_GRAPH_URL ?? "https://graph.facebook.com",
    graphVersion: given.META_GRAPH_VERSION,
  };
}

/** @throws {SettingsError} as above */
export function readInstagramSettings(environment: Environment): MetaConfig | undefined {
  const given = read(instagramSettings, "INSTAGRAM_", environment);
  if (given === undefined) return undefined;
  const byInstagram = given.INSTAGRAM_LOGIN === "instagram";
  return {
    accountId: given.INSTAGRAM_ACCOUNT_ID,
    token: given.INSTAGRAM_TOKEN,
    tokenKind: byInstagram ? "instagram-login" : "instagram-through-page",
    ...secretsOf(given.INSTAGRAM_APP_SECRET),
    verifyToken: given.INSTAGRAM_VERIFY_TOKEN,
    graphUrl: given.META_GRAPH_URL ?? (byInstagram ? "https://graph.instagram.com" : "https://graph.facebook.com"),
    graphVersion: given.META_GRAPH_VERSION,
  };
}

/** The first is the app's that the token belongs to. */
function secretsOf(secrets: readonly string[]): Pick<MetaConfig, "appSecret" | "webhookSecrets"> {
  return { appSecret: secrets[0] ?? "", webhookSecrets: secrets };
}

/** Undefined when none of the channel's own variables is set: those that both channels share configure neither. */
function read<Shape extends z.ZodRawShape>(
  settings: z.ZodObject<Shape>,
  prefix: string,
  environment: Environment,
): z.infer<z.ZodObject<Shape>> | undefined {
  const given = Object.fromEntries(
    Object.keys(settings.shape)
      .map((variable) => [variable, environment[variable]] as const)
      .filter(([, value]) => value?.trim()),
  );
  if (!Object.keys(given).some((variable) => variable.startsWith(prefix))) return undefined;
  const parsed = settings.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults: SettingsFault[] = parsed.error.issues.map((issue) => {
    const variable = String(issue.path[0]);
    return {
      variable,
      problem:
        variable in given ? issue.message : "is missing: README, Messenger and Instagram, says where it is found",
    };
  });
  throw new SettingsError(faults);
}

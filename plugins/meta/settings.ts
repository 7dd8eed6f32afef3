import { type Environment, isLoopbackHost, SettingsError, type SettingsFault, settingsOf } from "afterchat/channel";
import { z } from "zod";

/** The origin of the token, which determines the response of `GET /me`. */
export type TokenKind = "page" | "instagram-through-page" | "instagram-login";

export interface MetaConfig {
  /** The id of the Page or, as in webhooks, of the Instagram account. */
  readonly accountId: string;
  readonly token: string;
  readonly tokenKind: TokenKind;
  /** For `appsecret_proof` in requests. */
  readonly appSecret: string;
  /**
   * Webhooks may be signed with any of them: several while a secret is being reset, or with a second app for Instagram
   * Login.
   */
  readonly webhookSecrets: readonly string[];
  /** What Meta must send when the webhook is set up. */
  readonly verifyToken: string;
  /** Without a trailing slash. */
  readonly graphUrl: string;
  readonly graphVersion: string;
}

const vendorId = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, "write only the id, as Meta's settings show it");
const secret = (noun: string) =>
  z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]+$/, `write only ${noun}, without spaces`);

const pageToken = secret("the token").min(8, "is too short for a token");
const appSecret = secret("the app's secret, or several separated by commas")
  .transform((text) => text.split(",").filter((part) => part !== ""))
  .refine(
    (secrets) => secrets.length > 0 && secrets.every((part) => part.length >= 16),
    "is too short: copy the secret from the app's basic settings",
  );
const verifyToken = secret("the verify token").min(8, "needs at least 8 characters");

const shared = {
  META_GRAPH_URL: z
    .string()
    .transform((text, context) => {
      const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
      const local = url !== null && isLoopbackHost(url.hostname);
      // Every request contains the token.
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

export const messengerVariables = settingsOf(messengerSettings);
export const instagramVariables = settingsOf(instagramSettings);

/** @throws {SettingsError} naming every fault, without repeating secrets */
export function readMessengerSettings(environment: Environment): MetaConfig | undefined {
  const values = read(messengerSettings, "MESSENGER_", environment);
  if (values === undefined) return undefined;
  return {
    accountId: values.MESSENGER_PAGE_ID,
    token: values.MESSENGER_PAGE_TOKEN,
    tokenKind: "page",
    ...secretsOf(values.MESSENGER_APP_SECRET),
    verifyToken: values.MESSENGER_VERIFY_TOKEN,
    graphUrl: values.META_GRAPH_URL ?? "https://graph.facebook.com",
    graphVersion: values.META_GRAPH_VERSION,
  };
}

/** @throws {SettingsError} naming every fault, without repeating secrets */
export function readInstagramSettings(environment: Environment): MetaConfig | undefined {
  const values = read(instagramSettings, "INSTAGRAM_", environment);
  if (values === undefined) return undefined;
  const instagramLogin = values.INSTAGRAM_LOGIN === "instagram";
  return {
    accountId: values.INSTAGRAM_ACCOUNT_ID,
    token: values.INSTAGRAM_TOKEN,
    tokenKind: instagramLogin ? "instagram-login" : "instagram-through-page",
    ...secretsOf(values.INSTAGRAM_APP_SECRET),
    verifyToken: values.INSTAGRAM_VERIFY_TOKEN,
    graphUrl: values.META_GRAPH_URL ?? (instagramLogin ? "https://graph.instagram.com" : "https://graph.facebook.com"),
    graphVersion: values.META_GRAPH_VERSION,
  };
}

/** The first secret is that of the app to which the token belongs. */
function secretsOf(secrets: readonly string[]): Pick<MetaConfig, "appSecret" | "webhookSecrets"> {
  return { appSecret: secrets[0] ?? "", webhookSecrets: secrets };
}

/** Undefined if none of the channel's own variables is set: those that both channels share do not count. */
function read<Shape extends z.ZodRawShape>(
  settings: z.ZodObject<Shape>,
  prefix: string,
  environment: Environment,
): z.infer<z.ZodObject<Shape>> | undefined {
  const values = Object.fromEntries(
    Object.keys(settings.shape)
      .map((variable) => [variable, environment[variable]] as const)
      .filter(([, value]) => value?.trim()),
  );
  if (!Object.keys(values).some((variable) => variable.startsWith(prefix))) return undefined;
  const parsed = settings.safeParse(values);
  if (parsed.success) return parsed.data;
  const faults: SettingsFault[] = parsed.error.issues.map((issue) => {
    const variable = String(issue.path[0]);
    return {
      variable,
      problem: variable in values ? issue.message : "is missing: docs/channels.md says where to find it",
    };
  });
  throw new SettingsError(faults);
}

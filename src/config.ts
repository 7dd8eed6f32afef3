import { z } from "zod";
import { type BucketSettings, parseBucketUrl } from "./attachments/bucket-settings.js";
import { type Environment, SettingsError, type SettingsFault } from "./settings-error.js";
import { parseTrustProxy, type TrustProxy } from "./trust-proxy.js";

const integer = (minimum: number, maximum: number) => z.coerce.number().int().min(minimum).max(maximum);
const webUrl = z.url({ protocol: /^https?$/, error: "must be a URL that begins with http:// or https://" });
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: "must be a URL that begins with postgres://" });
// Not z.url, because the URL of a replica set lists several hosts.
const jobsUrl = z
  .string()
  .refine((text) => /^mongodb(\+srv)?:\/\/[^/]/i.test(text) || postgresUrl.safeParse(text).success, {
    error: "must be a URL that begins with postgres:// or mongodb://",
  });

const bucketUrl = z.string().transform((text, context) => {
  const bucket = parseBucketUrl(text);
  if (typeof bucket !== "string") return bucket;
  context.addIssue({ code: "custom", message: bucket });
  return z.NEVER;
});

const trustProxy = z.string().transform((text, context) => {
  const trusts = parseTrustProxy(text);
  if (typeof trusts !== "string") return trusts;
  context.addIssue({ code: "custom", message: trusts });
  return z.NEVER;
});

const maxWebsites = 100;
const allowedWebsites = z.string().transform((text, context): readonly string[] => {
  const origins = text.split(",").flatMap((part) => (part.trim() === "" ? [] : [part.trim()]));
  const wrong = origins.find((origin) => !isOrigin(origin));
  if (origins.length <= maxWebsites && wrong === undefined) return origins.map((origin) => new URL(origin).origin);
  const message =
    wrong === undefined
      ? `must name at most ${maxWebsites} origins`
      : `must be origins, separated by commas, such as https://shop.example,https://www.shop.example: ${JSON.stringify(wrong.slice(0, 100))} is none`;
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

/** Without a path, as browsers name it; https, or http for a website that is tried out on this machine. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, origin } = new URL(text);
  const isLocal = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
  const isSecure = protocol === "https:" || (protocol === "http:" && isLocal);
  return isSecure && !hostname.includes("*") && text.replace(/\/$/, "").toLowerCase() === origin;
}

/** All variables that the core reads; docs/configuration.md lists them. */
export const settings = z.object({
  NODE_ENV: z.string().default("development"),
  PORT: z.coerce.number({ error: "must be a port number" }).int().min(0).max(65_535).default(4000),
  HOST: z.string().min(1).default("127.0.0.1"),
  PUBLIC_URL: webUrl.optional(),
  WEBSITE_URL: webUrl.optional(),
  ALLOWED_WEBSITES: allowedWebsites.optional(),
  COMPANY_NAME: z.string().trim().min(1).max(100).default("Afterchat"),
  COMPANY_LOCALE: z
    .string()
    .transform((text, context) => {
      try {
        return Intl.getCanonicalLocales(text.trim())[0] ?? null;
      } catch {
        context.addIssue({ code: "custom", message: "must be a language tag, such as de or pt-BR" });
        return z.NEVER;
      }
    })
    .optional(),
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_POOL_SIZE: integer(2, 100).default(10),
  DATA_DIR: z.string().min(1).default(".afterchat"),
  ATTACHMENTS_URL: bucketUrl.optional(),
  JOBS_URL: jobsUrl.optional(),
  TRUST_PROXY: trustProxy.optional(),
  LIMITS_FACTOR: integer(1, 1_000).default(1),
  GRAPHQL_EXPLORER: z.enum(["on", "off"], { error: "must be on or off" }).optional(),
  DEMO_WEBSITE: z.enum(["on", "off"], { error: "must be on or off" }).optional(),
  ROLE: z.enum(["all", "api", "worker"], { error: "must be all, api or worker" }).default("all"),
  APP_SECRET: z
    .string()
    .transform((text) => text.split(",").map((secret) => secret.trim()))
    .refine((secrets) => secrets.every((secret) => secret.length >= 32), {
      error: "each secret of the comma-separated list needs at least 32 characters",
    })
    .optional(),
  IDENTITY_SECRET: z.string().min(32, { error: "needs at least 32 characters" }).optional(),
  ADMIN_EMAIL: z.email({ error: "must be an email address" }).default("admin@example.com"),
  ADMIN_PASSWORD: z.string().min(8, { error: "needs at least 8 characters" }).max(200).optional(),
  CHECK_INTERVAL_SECONDS: integer(1, 300).default(5),
  LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error", "silent"], { error: "must be debug, info, warn, error or silent" })
    .default("info"),
});

/** The names of all settings of the core. */
export const coreSettings: readonly string[] = [...Object.keys(settings.shape), "CHANNELS"];

export interface Config {
  readonly production: boolean;
  readonly port: number;
  readonly host: string;
  /** Where visitors and webhooks reach this server; null means `http://localhost:PORT`. */
  readonly publicUrl: string | null;
  /** The page with the chat, which emails link to; null means the public URL. */
  readonly websiteUrl: string | null;
  /** Origins, as browsers name them, of further websites with the chat; WEBSITE_URL's is allowed without being here. */
  readonly allowedWebsites: readonly string[];
  readonly companyName: string;
  /** BCP 47: for visitors whose language is unknown or not supported; null means English. */
  readonly companyLocale: string | null;
  /** Null means an embedded PostgreSQL in `dataDirectory`. */
  readonly databaseUrl: string | null;
  readonly databasePoolSize: number;
  readonly dataDirectory: string;
  /** Where attachments are stored; null means `dataDirectory`. */
  readonly attachmentsBucket: BucketSettings | null;
  /** Where Agenda stores its jobs; null means the database. */
  readonly jobsUrl: string | null;
  /** Which proxies name the client in X-Forwarded-For; null means that nobody does. */
  readonly trustProxy: TrustProxy | null;
  /** Multiplies the limits per network. */
  readonly limitsFactor: number;
  /** Whether clients may ask for the schema, and browsers get the API explorer. */
  readonly introspection: boolean;
  /** Whether `/` is the demo website. */
  readonly demoWebsite: boolean;
  readonly role: "all" | "api" | "worker";
  /** The first signs, all verify; null means the one stored in `dataDirectory`. */
  readonly appSecrets: readonly string[] | null;
  /** Verifies `startSession.identity`; null means that identities are refused. */
  readonly identitySecret: string | null;
  readonly adminEmail: string;
  readonly adminPassword: string | null;
  readonly checkIntervalSeconds: number;
  readonly logLevel: string;
}

/** The configuration with everything that is only known at the start. */
export interface RunningConfig extends Config {
  readonly publicUrl: string;
  readonly websiteUrl: string;
  readonly appSecrets: readonly string[];
}

/**
 * Parses the environment into one validated object. Empty variables count as unset, since compose files pass them.
 * @throws {SettingsError} with all invalid settings
 */
export function readConfig(environment: Environment): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = settings.safeParse(given);
  const faults: SettingsFault[] = parsed.success
    ? []
    : parsed.error.issues.map((issue) => ({ variable: String(issue.path[0]), problem: issue.message }));
  if (given.DATABASE_URL !== undefined && given.APP_SECRET === undefined) {
    faults.push({ variable: "APP_SECRET", problem: "is required with DATABASE_URL: 32 random characters or more" });
  }
  if (!parsed.success || faults.length > 0) throw new SettingsError(faults);
  const values = parsed.data;
  const production = values.NODE_ENV === "production";
  return {
    production,
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL ?? null,
    websiteUrl: values.WEBSITE_URL ?? null,
    allowedWebsites: values.ALLOWED_WEBSITES ?? [],
    companyName: values.COMPANY_NAME,
    companyLocale: values.COMPANY_LOCALE ?? null,
    databaseUrl: values.DATABASE_URL ?? null,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    dataDirectory: values.DATA_DIR,
    attachmentsBucket: values.ATTACHMENTS_URL ?? null,
    jobsUrl: values.JOBS_URL ?? null,
    trustProxy: values.TRUST_PROXY ?? null,
    limitsFactor: values.LIMITS_FACTOR,
    introspection: values.GRAPHQL_EXPLORER === undefined ? !production : values.GRAPHQL_EXPLORER === "on",
    demoWebsite: values.DEMO_WEBSITE === undefined ? !production : values.DEMO_WEBSITE === "on",
    role: values.ROLE,
    appSecrets: values.APP_SECRET ?? null,
    identitySecret: values.IDENTITY_SECRET ?? null,
    adminEmail: values.ADMIN_EMAIL,
    adminPassword: values.ADMIN_PASSWORD ?? null,
    checkIntervalSeconds: values.CHECK_INTERVAL_SECONDS,
    logLevel: values.LOG_LEVEL,
  };
}

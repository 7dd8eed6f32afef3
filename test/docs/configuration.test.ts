import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { ChannelPlugin, Environment } from "../../src/channels/channel.js";
import { importChannels } from "../../src/channels/registry/import-channels.js";
import { settings } from "../../src/config.js";

const page = new URL("../../../docs/configuration.md", import.meta.url);

interface Row {
  readonly variable: string;
  readonly default: string;
  readonly meaning: string;
}

let rows: readonly Row[];
let plugins: readonly ChannelPlugin[];
/** Every variable that the program reads. */
const known = new Set(Object.keys(settings.shape));

/** An empty environment that records which variables are read. */
const recording: Environment = new Proxy<Environment>(
  {},
  {
    get(_, variable) {
      known.add(String(variable));
      return undefined;
    },
  },
);

beforeAll(async () => {
  const text = await readFile(page, "utf8");
  rows = [...text.matchAll(/^\| `([^`]+)` \| (.+?) \| (.+) \|$/gm)].map(
    ([, variable = "", given = "", meaning = ""]) => ({ variable, default: given, meaning }),
  );
  plugins = (await importChannels(recording)).channels.map(({ plugin }) => plugin);
  for (const plugin of plugins) plugin.configure(recording);
});

describe("docs/configuration.md", () => {
  test("has exactly one row for each variable that the program or a built-in channel reads", () => {
    expect(rows.map(({ variable }) => variable).sort()).toEqual([...known].sort());
  });

  test("has one table in which every line parses as a row", async () => {
    const lines = (await readFile(page, "utf8")).split("\n").filter((line) => line.startsWith("|"));
    expect(lines).toHaveLength(rows.length + 2);
  });

  test("states the default of each core setting, and none for settings without a default", () => {
    const expected = Object.fromEntries(
      Object.entries(settings.shape).map(([variable, schema]) => [variable, schema.parse(undefined)]),
    );
    const given = rows.filter(({ variable }) => variable in expected);
    expect(Object.fromEntries(given.map((row) => [row.variable, literalDefault(row)]))).toEqual(
      Object.fromEntries(
        Object.entries(expected).map(([variable, value]) => [variable, value === undefined ? null : String(value)]),
      ),
    );
  });

  test.each(["email", "messenger", "instagram", "telegram"])(
    "states defaults that change nothing when they are set explicitly for the channel %s",
    (id) => {
      const plugin = plugins.find((candidate) => candidate.id === id);
      const environment = environments[id] ?? {};
      const read = variablesOf(plugin);
      const defaults = rows.filter(({ variable }) => read.has(variable) && !(variable in settings.shape));
      const literal = defaults.filter((row) => literalDefault(row) !== null);
      expect(literal).not.toEqual([]);
      for (const row of literal) {
        const configured = plugin?.configure({ ...environment, [row.variable]: literalDefault(row) ?? "" });
        expect({ variable: row.variable, configured }).toEqual({
          variable: row.variable,
          configured: plugin?.configure(environment),
        });
      }
    },
  );
});

/** The value of a cell that is only code; null for a default in words. */
function literalDefault(row: Row): string | null {
  return /^`([^`]+)`$/.exec(row.default)?.[1] ?? null;
}

function variablesOf(plugin: ChannelPlugin | undefined): ReadonlySet<string> {
  const read = new Set<string>();
  plugin?.configure(new Proxy<Environment>({}, { get: (_, variable) => void read.add(String(variable)) }));
  return read;
}

/** The minimal settings of each channel that has defaults. */
const environments: Readonly<Record<string, Environment>> = {
  email: { EMAIL_SMTP_URL: "smtp://127.0.0.1:2525" },
  messenger: {
    MESSENGER_PAGE_ID: "2400000000000001",
    MESSENGER_PAGE_TOKEN: "page-token",
    MESSENGER_APP_SECRET: "0123456789abcdef",
    MESSENGER_VERIFY_TOKEN: "verify-token",
  },
  instagram: {
    INSTAGRAM_ACCOUNT_ID: "7800000000000001",
    INSTAGRAM_TOKEN: "account-token",
    INSTAGRAM_APP_SECRET: "0123456789abcdef",
    INSTAGRAM_VERIFY_TOKEN: "verify-token",
  },
  telegram: {
    TELEGRAM_BOT_TOKEN: `123456789:${"A".repeat(35)}`,
    TELEGRAM_WEBHOOK_SECRET: "0123456789abcdef",
  },
};

import { describe, expect, jest, test } from "@jest/globals";
import { describeMisspelt, findMisspelt } from "../../../src/misspelt-settings.js";
import type { Environment } from "../../../src/settings-error.js";
import { Program } from "../../support/app/program.js";

// Starting a process is slow on a busy machine.
jest.setTimeout(60_000);

const known = {
  core: ["PORT", "HOST", "ROLE", "NODE_ENV", "LOG_LEVEL", "DATA_DIR", "DATABASE_URL", "ADMIN_PASSWORD", "CHANNELS"],
  channels: new Map([
    ["email", ["EMAIL_SMTP_URL", "EMAIL_FROM", "EMAIL_SMTP_LISTEN", "NODE_ENV"]],
    ["messenger", ["MESSENGER_PAGE_ID", "MESSENGER_PAGE_TOKEN", "META_GRAPH_URL"]],
    ["pigeon-post", ["PIGEON_POST_API_URL", "AWS_REGION"]],
    ["console", []],
  ]),
};

describe("A misspelt setting", () => {
  test.each([
    ["EMAIL_SMTP_URl", "EMAIL_SMTP_URL"],
    ["email_from", "EMAIL_FROM"],
    ["EMAIL_SMTPURL", "EMAIL_SMTP_URL"],
    ["EMIAL_SMTP_URL", "EMAIL_SMTP_URL"],
    ["MESSENGER_PAGE_IDD", "MESSENGER_PAGE_ID"],
    ["META_GRAPH_ULR", "META_GRAPH_URL"],
    ["PIGEON_POST_URL", "PIGEON_POST_API_URL"],
    ["AFTERCHAT_PORT", "PORT"],
    ["AFTERCHAT_DATABASE_URL", "DATABASE_URL"],
    ["DATABSE_URL", "DATABASE_URL"],
    ["DATABASE_URI", "DATABASE_URL"],
    ["ADMIN_PASWORD", "ADMIN_PASSWORD"],
    ["CHANNEL", "CHANNELS"],
    ["LOGLEVEL", "LOG_LEVEL"],
    ["port", "PORT"],
  ])("%s is reported with the nearest one, %s", (variable, nearest) => {
    expect(findMisspelt({ [variable]: "value" }, known)).toEqual([{ variable, nearest }]);
  });

  test.each([["AFTERCHAT_FAVOURITE_COLOUR"], ["EMAIL_X"], ["ADMIN_TELEPHONE_NUMBER"]])(
    "%s, which is similar to none, is reported without a suggestion",
    (variable) => {
      expect(findMisspelt({ [variable]: "value" }, known)).toEqual([{ variable, nearest: null }]);
    },
  );

  test.each<[string, Environment]>([
    ["a correct setting", Object.fromEntries([...known.core, "EMAIL_FROM", "AWS_REGION"].map((name) => [name, "x"]))],
    [
      "a variable of the shell",
      { PATH: "/bin", HOME: "/root", PWD: "/", SHELL: "/bin/sh", TERM: "xterm", EMAIL: "a@b.example" },
    ],
    ["a short name that differs in one letter", { POST: "1", HOME: "1", COST: "1", ROLES: "1", SORT: "1" }],
    ["a variable of npm", { npm_config_loglevel: "info", npm_package_name: "afterchat", NPM_TOKEN: "x" }],
    ["a variable of Node", { NODE_OPTIONS: "--no-warnings", NODE_PATH: "/lib", NODE_EXTRA_CA_CERTS: "/ca.pem" }],
    ["a setting of a channel that is not in CHANNELS", { TELEGRAM_BOT_TOKEN: "x", WEBHOOK_URL: "https://x.example" }],
    ["a foreign variable with a prefix that a channel reads, too", { AWS_PROFILE: "x", META_DATA: "x" }],
    ["a variable of another service in a compose file", { POSTGRES_PASSWORD: "x", MONGO_PASSWORD: "x" }],
    ["a name similar to a setting that is also set", { LOGLEVEL: "info", LOG_LEVEL: "info" }],
    ["an empty variable", { EMAIL_SMTP_URl: "" }],
    [
      "a variable that Kubernetes sets for a service",
      {
        AFTERCHAT_PORT: "tcp://10.0.0.1:4000",
        AFTERCHAT_PORT_4000_TCP_ADDR: "10.0.0.1",
        AFTERCHAT_SERVICE_HOST: "10.0.0.1",
        AFTERCHAT_SERVICE_PORT_HTTP: "4000",
        DATABASE_SERVICE_HOST: "10.0.0.2",
      },
    ],
  ])("does not include %s", (_, environment) => {
    expect(findMisspelt(environment, known)).toEqual([]);
  });

  test("is described without its value", () => {
    expect(describeMisspelt({ variable: "EMAIL_FORM", nearest: "EMAIL_FROM" })).toBe(
      "EMAIL_FORM is not a setting of Afterchat: did you mean EMAIL_FROM?",
    );
    expect(describeMisspelt({ variable: "EMAIL_X", nearest: null })).toBe("EMAIL_X is not a setting of Afterchat");
  });

  test("is reported when the program starts, even if the start fails", async () => {
    const program = await Program.launch({
      ROLE: "boss",
      EMAIL_SMTP_URl: "smtp://user:private-word@localhost",
      MESSENGER_PAGE_IDD: "1",
      AFTERCHAT_PORT: "80",
      EMAIL: "ana@example.com",
    });
    await program.ended();
    const warnings = program.output.match(/[^"]+ is not a setting of Afterchat[^"]*/g);
    expect(warnings).toEqual([
      "EMAIL_SMTP_URl is not a setting of Afterchat: did you mean EMAIL_SMTP_URL?",
      "MESSENGER_PAGE_IDD is not a setting of Afterchat: did you mean MESSENGER_PAGE_ID?",
      "AFTERCHAT_PORT is not a setting of Afterchat: did you mean PORT?",
    ]);
    expect(program.output).not.toContain("private-word");
  });
});

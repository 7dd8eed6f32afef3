import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { TestApp } from "../support/app/test-app.js";
import { readRaw } from "./read-raw.js";

const browser = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

describe("During development", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app?.stop());

  test("/ is the demo website, which holds the chat as any website does", async () => {
    for (const path of ["/", "/repairs", "/rent"]) {
      const { status, headers, body } = await readRaw(app.url, path, browser);
      expect([status, headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
      expect(String(body)).toContain("<b>Demo website.</b> You are a visitor: write, close this page");
      expect(String(body)).toMatch(/<script async +src="\/afterchat\.js"><\/script>/);
    }
  });

  test("it leads to the API explorer and to the mailbox", async () => {
    const { headers, body } = await readRaw(app.url, "/demo-website.json");
    expect(JSON.parse(String(body))).toEqual({ explorer: true, mailbox: true });
    expect(headers["cache-control"]).toBe("no-store");
  });
});

test("With a mail server there is no mailbox to lead to", async () => {
  const app = await TestApp.start({ EMAIL_SMTP_URL: "smtp://127.0.0.1:9", EMAIL_FROM: "chat@harbour.example" });
  try {
    const { body } = await readRaw(app.url, "/demo-website.json");
    expect(JSON.parse(String(body))).toEqual({ explorer: true, mailbox: false });
  } finally {
    await app.stop();
  }
});

describe.each([
  ["in production", { NODE_ENV: "production" }],
  ["with DEMO_WEBSITE=off", { DEMO_WEBSITE: "off" }],
])("%s", (_, environment) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start(environment);
  });
  afterAll(() => app?.stop());

  test("/ only says that the server runs", async () => {
    const page = await readRaw(app.url, "/", browser);
    expect(page).toMatchObject({
      status: 200,
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      },
    });
    expect(String(page.body)).toContain("This server is running.");
    expect(String(page.body)).not.toMatch(/Demo|<script|<link|<a /);
    const text = await readRaw(app.url, "/");
    expect(text.headers).toMatchObject({ "content-type": "text/plain; charset=utf-8", vary: "accept" });
    expect(String(text.body)).toContain("POST /graphql");
  });

  test("the other pages of the demo website are missing, and the widget is not", async () => {
    for (const path of ["/repairs", "/rent", "/demo-website.json"])
      expect((await readRaw(app.url, path, browser)).status).toBe(404);
    for (const path of ["/widget", "/afterchat.js"]) expect((await readRaw(app.url, path, browser)).status).toBe(200);
  });
});

test("DEMO_WEBSITE=on shows the demo website in production too", async () => {
  const app = await TestApp.start({ NODE_ENV: "production", DEMO_WEBSITE: "on" });
  try {
    expect(String((await readRaw(app.url, "/", browser)).body)).toContain("Demo website.");
    const { body } = await readRaw(app.url, "/demo-website.json");
    expect(JSON.parse(String(body))).toEqual({ explorer: false, mailbox: false });
  } finally {
    await app.stop();
  }
});

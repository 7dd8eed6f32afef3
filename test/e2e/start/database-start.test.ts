import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { FirstAdmin } from "../../../src/agents/ensure-first-admin.js";
import { startApp } from "../../../src/app.js";
import { createLogger, describeError } from "../../../src/logger.js";
import { Program } from "../../support/app/program.js";
import { TestApp } from "../../support/app/test-app.js";
import { MailSink } from "../../support/fakes/mail-sink.js";
import { freePort } from "../../support/servers/free-ports.js";
import { createMigratedDatabase } from "../../support/services/migrated-database.js";
import { createTestDatabase, type TestDatabase } from "../../support/services/test-database.js";

// Starting processes is slow on a busy machine.
jest.setTimeout(60_000);

const password = "an admin's password";

let database: TestDatabase;
let programs: Program[];

beforeAll(async () => {
  database = await createMigratedDatabase();
});

beforeEach(() => {
  programs = [];
});

afterEach(async () => {
  for (const program of programs) await program.end("SIGTERM");
});

afterAll(() => database?.drop());

function settings(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return {
    DATABASE_URL: database.url,
    APP_SECRET: "a secret of the tests that is long enough",
    ADMIN_PASSWORD: password,
    CHECK_INTERVAL_SECONDS: "1",
    ...more,
  };
}

async function launch(more: Readonly<Record<string, string>> = {}): Promise<Program> {
  const program = await Program.launch(settings(more));
  programs.push(program);
  return program;
}

async function start(more: Readonly<Record<string, string>> = {}): Promise<Program> {
  const program = await Program.start(settings(more));
  programs.push(program);
  return program;
}

describe("The program on an external database", () => {
  test("waits for a database that is unavailable at the start, and runs once it is available", async () => {
    const { port } = new URL(database.url);
    const late = await freePort();
    const program = await launch({ DATABASE_URL: withPort(database.url, late) });
    await program.prints("the database cannot be reached yet");
    const proxy = await startProxy(late, Number(port));
    try {
      await program.prints("Afterchat is running.");
      await program.signInAdmin(password);
      expect(program.output).not.toContain("afterchat:pw@");
      await program.end("SIGTERM");
    } finally {
      await proxy.stop();
    }
  });

  test("can be stopped while it waits", async () => {
    const program = await launch({ DATABASE_URL: withPort(database.url, await freePort()) });
    await program.prints("the database cannot be reached yet");
    const ending = await program.end("SIGTERM");
    expect(ending).toMatchObject({ code: 0, signal: null });
    expect(ending.afterMs).toBeLessThan(2_000);
  });

  test("fails immediately when the password is wrong, and does not expose it", async () => {
    const url = new URL(database.url);
    url.password = "not-the-password";
    const lines: string[] = [];
    const record = (...line: unknown[]) => void lines.push(JSON.stringify(line));
    const starting = startApp(settings({ DATABASE_URL: url.href, PORT: "0" }), {
      logger: { debug: record, info: record, warn: record, error: record },
    });
    const error = await starting.then(() => "nothing", describeError);
    expect(error).toContain("password authentication failed");
    expect(error).not.toContain("not-the-password");
    expect(lines.join()).not.toMatch(/not-the-password|cannot be reached yet/);
  });

  test("connects only over TLS when DATABASE_URL has sslmode", async () => {
    const url = new URL(database.url);
    url.searchParams.set("sslmode", "verify-full");
    const starting = startApp(settings({ DATABASE_URL: url.href, PORT: "0" }), { logger: createLogger("silent") });
    // The test server has no TLS.
    await expect(starting).rejects.toThrow("does not support SSL");
  });

  test("starts twice concurrently on an empty database, with one schema and one admin", async () => {
    const fresh = await createTestDatabase();
    const starting = [1, 2].map(() => TestApp.start({ DATABASE_URL: fresh.url, ADMIN_PASSWORD: password }));
    try {
      const both = await Promise.all(starting);
      for (const app of both) {
        const agent = await app.signInAdmin();
        const { agents } = await agent.do("{ agents { email } }");
        expect(agents).toEqual([{ email: "admin@example.com" }]);
      }
      // The password from the settings is not shown.
      const created: (FirstAdmin | null)[] = [];
      for (const started of both) await started.showFirstAdmin((admin) => created.push(admin));
      expect(created).toHaveLength(2);
      expect(created.filter((admin) => admin !== null)).toEqual([{ email: "admin@example.com", password: null }]);
    } finally {
      for (const started of await Promise.allSettled(starting)) {
        if (started.status === "fulfilled") await started.value.stop();
      }
      await fresh.drop();
    }
  });

  describe("shared by ROLE=api and ROLE=worker", () => {
    let sink: MailSink;
    let api: TestApp;

    beforeAll(async () => {
      sink = await MailSink.start();
    });
    afterAll(async () => {
      await api?.stop();
      await sink?.stop();
    });

    test("works as one: the api responds and sends no emails, the worker sends them", async () => {
      const smtp = { EMAIL_SMTP_URL: sink.url, CHANNELS: "email" };
      api = await TestApp.start({ ...settings(smtp), ROLE: "api" });
      const { startSession } = await api.client.do("mutation { startSession(input: {}) { token } }");
      const visitor = api.client.as(startSession.token);
      await visitor.do('mutation { submitContactForm(input: { email: "ana@example.com" }) { id } }');
      const { sendMessage } = await visitor.do(
        'mutation { sendMessage(input: { text: "Is my bike ready?" }) { conversation { id } } }',
      );
      const agent = await api.signInAdmin();
      const { id } = sendMessage.conversation;
      await agent.do('mutation ($id: ID!) { sendMessage(input: { conversationId: $id, text: "It is." }) { id } }', {
        id,
      });
      await agent.do("mutation ($id: ID!) { forwardNow(conversationId: $id) { id } }", { id });

      // A program that sends would claim a delivery as soon as it is queued.
      for (let reads = 0; reads < 20; reads += 1) {
        const { deliveries } = await agent.do("{ deliveries { nodes { status attempts } } }");
        expect(deliveries.nodes).toEqual([{ status: "QUEUED", attempts: 0 }]);
      }
      const arrived = sink.next();
      const worker = await start({ ROLE: "worker", ...smtp });
      await arrived;
      expect(sink.mails.map((mail) => mail.envelopeTo)).toEqual([["ana@example.com"]]);
      expect((await fetch(`${worker.url}/ready`)).status).toBe(200);
      expect((await worker.end("SIGTERM")).code).toBe(0);

      const { deliveries } = await agent.do("{ deliveries { nodes { status attempts messages { forwardedTo } } } }");
      expect(deliveries.nodes).toEqual([
        { status: "SENT", attempts: 1, messages: [{ forwardedTo: "ana@example.com" }] },
      ]);
    });
  });
});

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}

/** Listens on `port` and forwards everything, as a database that becomes available. */
async function startProxy(port: number, target: number): Promise<{ stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { startApp } from "../../../src/app.js";
import { createLogger } from "../../../src/logger.js";
import { makeDataDirectory } from "../../support/app/data-directory.js";
import { Program, readPostgresPid, runs } from "../../support/app/program.js";

// Starting processes is slow on a busy machine; each test continues with the process of the previous one.
jest.setTimeout(60_000);

/** About 50 ms on an idle machine; the rest is for a busy one. */
const maxStopMs = 2_000;

let directory: Awaited<ReturnType<typeof makeDataDirectory>>;
let programs: Program[];

beforeAll(async () => {
  directory = await makeDataDirectory();
  programs = [];
});

afterAll(async () => {
  for (const program of programs) await program.end("SIGTERM");
  await directory?.remove();
});

async function start(settings: Readonly<Record<string, string>> = {}): Promise<Program> {
  const program = await Program.start({ DATA_DIR: directory.path, ...settings });
  programs.push(program);
  return program;
}

async function launch(settings: Readonly<Record<string, string>>): Promise<Program> {
  const program = await Program.launch({ DATA_DIR: directory.path, ...settings });
  programs.push(program);
  return program;
}

describe("The program on its own embedded database", () => {
  let program: Program;
  let password: string;
  let token: string;

  test("reports a port that is taken at its first start, and leaves no database running", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    try {
      const failing = await launch({ PORT: String(port), LOG_LEVEL: "debug" });
      expect(await failing.ended()).toMatchObject({ code: 1 });
      expect(failing.output).toContain("Afterchat could not start.");
      expect(failing.output).toContain(`Port ${port} on 127.0.0.1 is taken: set PORT to another one`);
      const postgres = Number(/"pid":(\d+)/.exec(failing.output)?.[1]);
      expect(postgres).toBeGreaterThan(0);
      expect(await runs(postgres)).toBe(false);
    } finally {
      other.close();
      await once(other, "close");
    }
  });

  test("prints its URLs and the first admin's password, also after a failed start", async () => {
    // As compose files pass settings that are not set.
    program = await start({ APP_SECRET: "", IDENTITY_SECRET: "", EMAIL_SMTP_URL: "", ROLE: "", WEBSITE_URL: "" });
    const { port } = new URL(program.url);
    expect(program.output).toContain(`http://localhost:${port}/graphql`);
    expect(program.output).toContain(`ws://localhost:${port}/graphql`);
    expect(program.output).toContain(`embedded, in ${directory.path}`);
    expect(program.output).toContain(`http://localhost:${port}/mailbox`);
    expect(program.output).toMatch(/Mailbox key: \S+/);
    expect(program.output).toContain("First admin     admin@example.com");
    password = program.printedPassword();

    const agent = await program.signInAdmin();
    const { viewer } = await agent.do("{ viewer { ... on Agent { role } } }");
    expect(viewer).toEqual({ role: "ADMIN" });
  });

  test("keeps its data and its secret across a restart, and prints no password", async () => {
    const { startSession } = await program.client.do("mutation { startSession(input: {}) { token visitor { id } } }");
    token = startSession.token;
    const visitor = program.client.as(token);
    await visitor.do('mutation { submitContactForm(input: { email: "ana@example.com" }) { id } }');
    await visitor.do('mutation { sendMessage(input: { text: "Is my bike ready?" }) { id } }');
    const postgres = await readPostgresPid(directory.path);
    expect(await runs(postgres)).toBe(true);
    const ending = await program.end("SIGTERM");
    expect(ending).toMatchObject({ code: 0, signal: null });
    expect(ending.afterMs).toBeLessThan(maxStopMs);
    expect(await runs(postgres)).toBe(false);

    program = await start();
    expect(program.output).not.toContain("Password");
    expect(program.output).not.toContain("First admin");
    const session = await program.client.do(
      "mutation ($token: String) { startSession(input: { token: $token }) { kind visitor { id } conversation { lastMessage { text } } } }",
      { token },
    );
    expect(session.startSession).toEqual({
      kind: "KEPT",
      visitor: { id: startSession.visitor.id },
      conversation: { lastMessage: { text: "Is my bike ready?" } },
    });
    await program.signInAdmin(password);
  });

  test("refuses a second start on the same DATA_DIR while the first keeps running", async () => {
    const second = startApp({ DATA_DIR: directory.path, PORT: "0" }, { logger: createLogger("silent") });
    await expect(second).rejects.toThrow(`DATA_DIR ${directory.path} is in use by another running program`);
    expect((await fetch(`${program.url}/ready`)).status).toBe(200);
  });

  test("has all acknowledged data after it was killed and restarted", async () => {
    await program.client.as(token).do('mutation { sendMessage(input: { text: "Kept?" }) { id } }');
    await program.end("SIGKILL");

    program = await start();
    const { conversations } = await program.client.as(token).do("{ conversations { nodes { lastMessage { text } } } }");
    expect(conversations.nodes).toEqual([{ lastMessage: { text: "Kept?" } }]);
    const agent = await program.signInAdmin(password);
    const { viewer } = await agent.do("{ viewer { ... on Agent { role } } }");
    expect(viewer).toEqual({ role: "ADMIN" });
  });

  test("stops on Ctrl-C as on SIGTERM, closes connections, and leaves no database running", async () => {
    const connection = await program.client.as(token).connect();
    const postgres = await readPostgresPid(directory.path);
    // npm forwards the signal that the terminal also sends: it arrives twice.
    const [ending] = await Promise.all([program.end("SIGINT"), program.end("SIGINT")]);
    expect(ending).toMatchObject({ code: 0, signal: null });
    expect(ending.afterMs).toBeLessThan(maxStopMs);
    expect((await connection.closed()).code).toBe(1001);
    expect(await runs(postgres)).toBe(false);
  });

  test("leaves no database running when it is stopped during its start", async () => {
    const stopped = await launch({ LOG_LEVEL: "debug" });
    await stopped.prints("the embedded PostgreSQL runs");
    const ending = await stopped.end("SIGTERM");
    expect(ending).toMatchObject({ code: 0, signal: null });
    expect(ending.afterMs).toBeLessThan(maxStopMs);
    expect(stopped.output).not.toContain("Afterchat is running");
    const postgres = Number(/"pid":(\d+)/.exec(stopped.output)?.[1]);
    expect(await runs(postgres)).toBe(false);
  });
});

describe("Invalid settings", () => {
  test("are all reported together, before anything is started", async () => {
    const program = await launch({
      PORT: "eighty",
      PUBLIC_URL: "example.com",
      ROLE: "boss",
      ADMIN_EMAIL: "admin",
      CHECK_INTERVAL_SECONDS: "0",
      DATABASE_URL: "postgres://afterchat:private-word@127.0.0.1:1/none",
      CHANNELS: "email,pigeon",
      EMAIL_SMTP_URL: "http://user:another-word@127.0.0.1",
    });
    expect(await program.ended()).toMatchObject({ code: 1 });
    expect(program.output).toContain("Afterchat could not start: invalid settings.");
    const named = [
      "PORT",
      "PUBLIC_URL",
      "ROLE",
      "ADMIN_EMAIL",
      "CHECK_INTERVAL_SECONDS",
      "APP_SECRET",
      "CHANNELS",
      "EMAIL_SMTP_URL",
    ];
    for (const variable of named) expect(program.output).toMatch(new RegExp(`^  ${variable} `, "m"));
    expect(program.output).toMatch(/CHANNELS pigeon: is neither a built-in channel \(email, .*\) nor a package/);
    expect(program.output).not.toContain("private-word");
    expect(program.output).not.toContain("another-word");
    expect(program.output).not.toMatch(/^ +at /m);
  });
});

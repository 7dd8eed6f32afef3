import "reflect-metadata";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { changePassword } from "../../src/agents/change-password.js";
import { ensureFirstAdmin, type FirstAdmin } from "../../src/agents/ensure-first-admin.js";
import { removeAgent } from "../../src/agents/remove-agent.js";
import { showFirstAdmin } from "../../src/agents/show-first-admin.js";
import { signIn } from "../../src/agents/sign-in.js";
import { updateAgent } from "../../src/agents/update-agent.js";
import { AgentRole } from "../../src/viewer.js";
import { createServices, type TestServices } from "../support/services/create-services.js";
import { emailPlugin } from "../support/services/fake-channel.js";
import { addAgent, agentViewer } from "../support/services/fixtures.js";
import { refusal } from "../support/services/refusal.js";

let context: TestServices;
beforeAll(async () => {
  context = await createServices({ channels: [emailPlugin] });
  await context.startChannels();
});
afterAll(() => context.stop());

const remoteAddress = "127.0.0.1";

describe("The first admin", () => {
  test("is created once by processes that start concurrently, and not again later", async () => {
    const created: FirstAdmin[] = [];
    const start = async () => {
      const admin = await ensureFirstAdmin(context.services);
      await showFirstAdmin(context.services, admin, (shown) => void (shown !== null && created.push(shown)));
    };
    await Promise.all([start(), start(), start()]);
    await start();
    const [first, ...others] = created;
    expect(others).toEqual([]);
    expect(first?.email).toBe("admin@example.com");
    expect(first?.password?.length).toBeGreaterThanOrEqual(16);
    const { agent } = await signIn(
      context.services,
      { email: "admin@example.com", password: first?.password ?? "" },
      remoteAddress,
    );
    expect(agent.role).toBe("ADMIN");
  });

  test("has the password from the settings, which is not shown again", async () => {
    const other = await createServices({ config: { adminEmail: "boss@example.com", adminPassword: "given password" } });
    try {
      const { services } = other;
      expect(await ensureFirstAdmin(services)).toEqual({ email: "boss@example.com", password: null });
      await signIn(services, { email: "boss@example.com", password: "given password" }, remoteAddress);
    } finally {
      await other.stop();
    }
  });

  test("takes the address and password from the settings of a later start when no password was shown before", async () => {
    const other = await createServices();
    try {
      expect(await ensureFirstAdmin(other.services)).toBeNull();
      const notShown = showFirstAdmin(other.services, null, () => {
        throw new Error("stdout is closed");
      });
      await expect(notShown).rejects.toThrow("stdout is closed");
      const { services } = await other.join({
        config: { adminEmail: "boss@example.com", adminPassword: "given password" },
      });
      expect(await ensureFirstAdmin(services)).toEqual({ email: "boss@example.com", password: null });
      await showFirstAdmin(services, null, (admin) => expect(admin).toBeNull());
      await signIn(services, { email: "boss@example.com", password: "given password" }, remoteAddress);
      expect(await services.database.query({ name: "test-emails", text: "SELECT email FROM agents" }, [])).toEqual([
        { email: "boss@example.com" },
      ]);
    } finally {
      await other.stop();
    }
  });
});

describe("Signing in", () => {
  test("accepts the address in any letter case, and does not return the password hash", async () => {
    const { agent, email, password } = await addAgent(context);
    const session = await signIn(context.services, { email: ` ${email.toUpperCase()} `, password }, remoteAddress);
    expect(session.agent).toMatchObject({ id: agent.id, email });
    expect(JSON.stringify(session)).not.toMatch(/argon2/);
    expect(await agentViewer(context, session.token)).toEqual({
      kind: "agent",
      sessionId: expect.any(String),
      agentId: agent.id,
      role: "AGENT",
    });
  });

  test("is refused with the same error, and as slowly, for an unknown address and a wrong password", async () => {
    const { email } = await addAgent(context);
    const unknownAddress = "unknown@example.com";
    const timed = async (address: string) => {
      const startMs = performance.now();
      const error = await signIn(context.services, { email: address, password: "wrong password" }, remoteAddress).catch(
        String,
      );
      return { error, ms: performance.now() - startMs };
    };
    const known = [await timed(email), await timed(email), await timed(email)];
    const unknown = [await timed(unknownAddress), await timed(unknownAddress), await timed(unknownAddress)];
    expect(new Set([...known, ...unknown].map(({ error }) => error)).size).toBe(1);
    // The quickest of three, because other load on the machine only ever slows an attempt down.
    const quickest = (attempts: readonly { ms: number }[]) => Math.min(...attempts.map(({ ms }) => ms));
    expect(quickest(unknown)).toBeGreaterThan(quickest(known) / 4);
    expect(await refusal(signIn(context.services, { email, password: "" }, remoteAddress))).toEqual({
      code: "UNAUTHENTICATED",
    });
  });

  test("is no longer possible for a removed agent, and their sessions end", async () => {
    const { agent, email, password } = await addAgent(context);
    const { token } = await signIn(context.services, { email, password }, remoteAddress);
    context.announced();
    await removeAgent(context.services, agent.id);
    expect(await context.services.sessions.resolve(token)).toBeNull();
    expect(context.announced().map((event) => event.type)).toContain("sessionsEnded");
    expect(await refusal(signIn(context.services, { email, password }, remoteAddress))).toEqual({
      code: "UNAUTHENTICATED",
    });
  });
});

describe("Changing a password", () => {
  test("ends the agent's other sessions and keeps this one", async () => {
    const { email, password } = await addAgent(context);
    const current = await signIn(context.services, { email, password }, remoteAddress);
    const elsewhere = await signIn(context.services, { email, password }, remoteAddress);
    const viewer = await agentViewer(context, current.token);
    await agentViewer(context, elsewhere.token);
    const changed = await changePassword(context.services, viewer, { current: password, next: "battery staple" });
    expect(changed.token).toBe(current.token);
    expect(await agentViewer(context, current.token)).toEqual(viewer);
    expect(await context.services.sessions.resolve(elsewhere.token)).toBeNull();
    expect(await refusal(signIn(context.services, { email, password }, remoteAddress))).toEqual({
      code: "UNAUTHENTICATED",
    });
    await signIn(context.services, { email, password: "battery staple" }, remoteAddress);
  });

  test("requires the current password and a new one of 8 to 200 characters", async () => {
    const { email, password } = await addAgent(context);
    const { token } = await signIn(context.services, { email, password }, remoteAddress);
    const viewer = await agentViewer(context, token);
    const change = (current: string, next: string) =>
      refusal(changePassword(context.services, viewer, { current, next }));
    expect(await change("wrong password", "battery staple")).toEqual({
      code: "BAD_USER_INPUT",
      field: "input.current",
    });
    for (const next of ["7 chars", "x".repeat(201)]) {
      expect(await change(password, next)).toEqual({ code: "BAD_USER_INPUT", field: "input.next" });
    }
  });

  test("by an admin ends all of the agent's sessions", async () => {
    const { agent, email, password } = await addAgent(context);
    const { token } = await signIn(context.services, { email, password }, remoteAddress);
    await agentViewer(context, token);
    await updateAgent(context.services, { agentId: agent.id, password: "battery staple" });
    expect(await context.services.sessions.resolve(token)).toBeNull();
    await signIn(context.services, { email, password: "battery staple" }, remoteAddress);
  });

  test("during a sign-in with the old one leaves no valid session", async () => {
    const { agent, email, password } = await addAgent(context);
    const outcomes = await Promise.allSettled([
      updateAgent(context.services, { agentId: agent.id, password: "battery staple" }),
      signIn(context.services, { email, password }, remoteAddress),
    ]);
    const signedIn = outcomes[1];
    if (signedIn.status === "fulfilled") {
      expect(await context.services.sessions.resolve(signedIn.value.token)).toBeNull();
    } else {
      expect(signedIn.reason).toMatchObject({ extensions: { code: "UNAUTHENTICATED" } });
    }
  });
});

test("A new role applies to open sessions", async () => {
  const { agent, email, password } = await addAgent(context);
  const { token } = await signIn(context.services, { email, password }, remoteAddress);
  expect((await agentViewer(context, token)).role).toBe("AGENT");
  await updateAgent(context.services, { agentId: agent.id, role: AgentRole.ADMIN });
  expect((await agentViewer(context, token)).role).toBe("ADMIN");
});

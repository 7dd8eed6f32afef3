import "reflect-metadata";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Availability } from "../../src/agents/agent.entity.js";
import { changePassword } from "../../src/agents/change-password.js";
import { createAgent } from "../../src/agents/create-agent.js";
import { listAgents } from "../../src/agents/list-agents.js";
import { removeAgent } from "../../src/agents/remove-agent.js";
import { setAvailability } from "../../src/agents/set-availability.js";
import { updateAgent } from "../../src/agents/update-agent.js";
import { AgentRole } from "../../src/viewer.js";
import { createServices, type TestServices } from "../support/services/create-services.js";
import { emailPlugin } from "../support/services/fake-channel.js";
import { addAgent, addMessages, startVisit } from "../support/services/fixtures.js";
import { refusal } from "../support/services/refusal.js";

let context: TestServices;
beforeAll(async () => {
  context = await createServices({ channels: [emailPlugin] });
  await context.startChannels();
});
afterAll(() => context.stop());

test("When the last two admins are removed and demoted concurrently, one stays an admin", async () => {
  const first = await addAgent(context, AgentRole.ADMIN);
  const second = await addAgent(context, AgentRole.ADMIN);
  const outcomes = await Promise.allSettled([
    removeAgent(context.services, first.agent.id),
    updateAgent(context.services, { agentId: second.agent.id, role: AgentRole.AGENT }),
  ]);
  expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(["fulfilled", "rejected"]);
  const admins = (await listAgents(context.services)).filter((agent) => agent.role === AgentRole.ADMIN);
  expect(admins).toHaveLength(1);
  const agentId = admins[0]?.id ?? "";
  expect(await refusal(removeAgent(context.services, agentId))).toEqual({ code: "CONFLICT" });
  expect(await refusal(updateAgent(context.services, { agentId, role: AgentRole.AGENT }))).toEqual({
    code: "CONFLICT",
  });
  expect((await updateAgent(context.services, { agentId, name: "Ana", role: AgentRole.ADMIN })).name).toBe("Ana");
});

describe("An agent's email address", () => {
  test("is unique regardless of letter case, and can be reused once the agent is removed", async () => {
    const input = { email: "Ana@example.com", name: "Ana", password: "correct horse", role: AgentRole.AGENT };
    const created = await Promise.allSettled([
      createAgent(context.services, input),
      createAgent(context.services, input),
    ]);
    expect(created.map((outcome) => outcome.status).sort()).toEqual(["fulfilled", "rejected"]);
    const again = { ...input, email: "aNA@EXAMPLE.com" };
    expect(await refusal(createAgent(context.services, again))).toEqual({ code: "CONFLICT" });
    const ana = (await listAgents(context.services)).find((agent) => agent.email === "Ana@example.com");
    await removeAgent(context.services, ana?.id ?? "");
    expect((await createAgent(context.services, again)).email).toBe("aNA@EXAMPLE.com");
  });

  test.each([
    ["input.email", { email: "ana at home" }],
    ["input.name", { name: " \u0007 " }],
    ["input.password", { password: "7 chars" }],
    ["input.password", { password: "x".repeat(201) }],
  ])("is validated like the name and the password: %s", async (field, invalid) => {
    const input = {
      email: "new@example.com",
      name: "New",
      password: "correct horse",
      role: AgentRole.AGENT,
      ...invalid,
    };
    expect(await refusal(createAgent(context.services, input))).toEqual({ code: "BAD_USER_INPUT", field });
  });
});

describe("A removed agent", () => {
  test("is no longer listed; their open conversations become unassigned, closed ones and messages stay", async () => {
    const { agent } = await addAgent(context);
    const { visitor } = await startVisit(context);
    const open = await addMessages(context, visitor.id, "vr", agent.id);
    const closed = await addMessages(context, visitor.id, "vr", agent.id);
    await context.sql("UPDATE conversations SET assignee_id = $1 WHERE visitor_id = $2", agent.id, visitor.id);
    await context.sql("UPDATE conversations SET status = 'CLOSED' WHERE id = $1", closed);
    context.announced();
    const removed = await removeAgent(context.services, agent.id);
    expect(removed.removedAt).toBeInstanceOf(Date);
    expect((await listAgents(context.services)).map((listed) => listed.id)).not.toContain(agent.id);
    const assignees = "SELECT id, assignee_id FROM conversations WHERE id = ANY ($1::uuid[]) ORDER BY id";
    expect(await context.sql(assignees, [open, closed])).toEqual([
      { id: open, assigneeId: null },
      { id: closed, assigneeId: agent.id },
    ]);
    expect(context.announced()).toContainEqual({
      type: "conversationUpdated",
      conversationId: open,
      visitorId: visitor.id,
    });
    expect(await context.sql("SELECT id FROM messages WHERE author_id = $1", agent.id)).toHaveLength(2);
  });

  test("changes nothing in the seconds in which a process still knows the session", async () => {
    const { agent, viewer, password } = await addAgent(context);
    // Its session is not one of the database: as if it had ended meanwhile.
    const input = { current: password, next: "battery staple" };
    expect(await refusal(changePassword(context.services, viewer, input))).toEqual({ code: "UNAUTHENTICATED" });
    await removeAgent(context.services, agent.id);
    expect(await refusal(setAvailability(context.services, viewer, Availability.OFFLINE))).toEqual({
      code: "UNAUTHENTICATED",
    });
  });

  test("cannot be removed again or changed", async () => {
    const { agent } = await addAgent(context);
    await removeAgent(context.services, agent.id);
    for (const agentId of [agent.id, "unknown"]) {
      expect(await refusal(removeAgent(context.services, agentId))).toEqual({ code: "NOT_FOUND" });
      expect(await refusal(updateAgent(context.services, { agentId, name: "Ana" }))).toEqual({ code: "NOT_FOUND" });
    }
  });
});

test("Fields that an admin leaves out of an update stay unchanged", async () => {
  const { agent } = await addAgent(context);
  const updated = await updateAgent(context.services, { agentId: agent.id, name: null, role: null });
  expect(updated).toEqual(agent);
});

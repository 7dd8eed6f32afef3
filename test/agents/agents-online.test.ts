import "reflect-metadata";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Agent, Availability } from "../../src/agents/agent.entity.js";
import { isAgentOnline } from "../../src/agents/agent-presence.js";
import { listAgents } from "../../src/agents/list-agents.js";
import { readAgentsPresence } from "../../src/agents/read-agents-presence.js";
import { removeAgent } from "../../src/agents/remove-agent.js";
import { setAvailability } from "../../src/agents/set-availability.js";
import { ContactFormRule } from "../../src/contact-form/contact-form.entity.js";
import { readContactForm } from "../../src/contact-form/read-contact-form.js";
import { updateContactForm } from "../../src/contact-form/update-contact-form.js";
import { AgentRole } from "../../src/viewer.js";
import { createServices, type TestServices } from "../support/services/create-services.js";
import { emailPlugin } from "../support/services/fake-channel.js";
import { addAgent } from "../support/services/fixtures.js";

let context: TestServices;
let ana: Agent;
let ben: Agent;
beforeAll(async () => {
  context = await createServices({ channels: [emailPlugin] });
  await context.startChannels();
  ana = (await addAgent(context, AgentRole.ADMIN)).agent;
  ben = (await addAgent(context)).agent;
});
afterAll(() => context.stop());
beforeEach(async () => {
  await context.sql(
    "UPDATE agents SET connected = false, dropped_at = NULL, offline_at = NULL, removed_at = NULL, availability = 'ONLINE'",
  );
  context.announced();
});

const now = () => context.clock.now();
const presence = () => readAgentsPresence((...call) => context.services.database.query(...call), now());
const choose = (agent: Agent, availability: Availability) =>
  setAvailability(
    context.services,
    { kind: "agent", sessionId: agent.id, agentId: agent.id, role: agent.role },
    availability,
  );

// As PresenceTracker stores it.
const connect = (agent: Agent) =>
  context.sql("UPDATE agents SET connected = true, dropped_at = NULL WHERE id = $1", agent.id);
const drop = (agent: Agent, at: Date) =>
  context.sql("UPDATE agents SET connected = false, dropped_at = $2 WHERE id = $1", agent.id, at);

describe("Agent presence", () => {
  test("is offline since the epoch when no agent was ever online", async () => {
    expect(await presence()).toEqual({ online: false, offlineFrom: new Date(0) });
  });

  test("is online while a connected agent has chosen ONLINE", async () => {
    await connect(ana);
    expect(await presence()).toEqual({ online: true, offlineFrom: null });
    await choose(ana, Availability.INVISIBLE);
    expect((await presence()).online).toBe(false);
  });

  test("goes offline 30 seconds after the last connection drops, and not before", async () => {
    const droppedAt = now();
    await drop(ana, droppedAt);
    const offlineFrom = new Date(droppedAt.getTime() + 30_000);
    expect(await presence()).toEqual({ online: true, offlineFrom });
    const dropped = (await listAgents(context.services)).find((agent) => agent.id === ana.id) as Agent;
    expect(isAgentOnline(dropped, new Date(offlineFrom.getTime() - 1))).toBe(true);
    expect(isAgentOnline(dropped, offlineFrom)).toBe(false);
    context.clock.advance(30_000);
    expect(await presence()).toEqual({ online: false, offlineFrom });
  });

  test("goes offline when the last agent leaves, by choice or by removal", async () => {
    await connect(ana);
    await connect(ben);
    await choose(ana, Availability.OFFLINE);
    expect(await presence()).toEqual({ online: true, offlineFrom: null });
    context.clock.advance(60_000);
    const removed = await removeAgent(context.services, ben.id);
    expect(await presence()).toEqual({ online: false, offlineFrom: removed.removedAt });
  });
});

describe("Choosing an availability", () => {
  test("takes effect immediately, even in the grace period after a drop, and publishes contactFormUpdated", async () => {
    await drop(ana, now());
    const chosen = await choose(ana, Availability.OFFLINE);
    expect(chosen).toMatchObject({ availability: "OFFLINE", droppedAt: null });
    expect(await presence()).toEqual({ online: false, offlineFrom: chosen.offlineAt });
    expect(context.announced()).toEqual([{ type: "agentUpdated", agentId: ana.id }, { type: "contactFormUpdated" }]);
  });

  test("publishes only the choice itself when it changes no agent's presence", async () => {
    await choose(ana, Availability.OFFLINE);
    await choose(ana, Availability.INVISIBLE);
    await choose(ana, Availability.INVISIBLE);
    await choose(ana, Availability.ONLINE);
    const chosen = { type: "agentUpdated", agentId: ana.id };
    expect(context.announced()).toEqual([chosen, chosen, chosen]);
    expect(await presence()).toEqual({ online: false, offlineFrom: new Date(0) });
  });

  test("of ONLINE makes a connected agent online again", async () => {
    await connect(ana);
    await choose(ana, Availability.INVISIBLE);
    context.announced();
    await choose(ana, Availability.ONLINE);
    expect(await presence()).toEqual({ online: true, offlineFrom: null });
    expect(context.announced()).toEqual([{ type: "agentUpdated", agentId: ana.id }, { type: "contactFormUpdated" }]);
  });

  test("long after the connection dropped does not move the time at which the agent went offline", async () => {
    const droppedAt = now();
    await drop(ana, droppedAt);
    context.clock.advance(3_600_000);
    await choose(ana, Availability.OFFLINE);
    expect(await presence()).toEqual({ online: false, offlineFrom: new Date(droppedAt.getTime() + 30_000) });
  });

  test("does not count as going offline for an agent who was invisible when the connection dropped", async () => {
    await connect(ana);
    const chosen = await choose(ana, Availability.INVISIBLE);
    context.clock.advance(60_000);
    await context.sql("UPDATE agents SET connected = false WHERE id = $1", ana.id);
    await choose(ana, Availability.ONLINE);
    await choose(ana, Availability.OFFLINE);
    expect(await presence()).toEqual({ online: false, offlineFrom: chosen.offlineAt });
  });
});

describe("The contact form", () => {
  test("applies the current rule: invisible agents do not count as online", async () => {
    expect(await readContactForm(context.services)).toEqual({
      whenOnline: "OPTIONAL",
      whenOffline: "REQUIRED",
      agentsOnline: false,
      current: "REQUIRED",
    });
    await connect(ana);
    expect(await readContactForm(context.services)).toMatchObject({ agentsOnline: true, current: "OPTIONAL" });
    await choose(ana, Availability.INVISIBLE);
    expect(await readContactForm(context.services)).toMatchObject({ agentsOnline: false, current: "REQUIRED" });
  });

  test("can be updated field by field, and each update publishes contactFormUpdated", async () => {
    const changed = await updateContactForm(context.services, { whenOffline: ContactFormRule.OFF });
    expect(changed).toEqual({ whenOnline: "OPTIONAL", whenOffline: "OFF", agentsOnline: false, current: "OFF" });
    expect(context.announced()).toEqual([{ type: "contactFormUpdated" }]);
    expect(await readContactForm(context.services)).toEqual(changed);
    await updateContactForm(context.services, { whenOnline: null, whenOffline: ContactFormRule.REQUIRED });
    expect(await readContactForm(context.services)).toMatchObject({ whenOnline: "OPTIONAL", whenOffline: "REQUIRED" });
  });
});

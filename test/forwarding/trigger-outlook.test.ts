import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Data } from "../support/app/graphql-client.js";
import { TestContext } from "../support/app/test-context.js";
import type { TestVisitor } from "../support/app/test-visitor.js";

let context: TestContext;
beforeAll(async () => {
  context = await TestContext.setup();
});
afterAll(() => context?.teardown());

async function outlookOf(visitor: TestVisitor): Promise<Data> {
  const query = `query ($id: ID!) { conversation(id: $id) { forwarding {
    state dueAt trigger settling triggers { trigger dueAt since delaySeconds } } } }`;
  return (await context.agent.client.do(query, { id: visitor.conversationId })).conversation.forwarding;
}

const names = ({ triggers }: Data): string[] => triggers.map(({ trigger }: Data) => trigger);

test("An agent sees when each trigger would come, what it counts from, and which comes first", async () => {
  const visitor = await context.visitor();
  await visitor.say("Is my bike ready?");
  await context.agent.reply(visitor, "It is, come by.");
  const present = await outlookOf(visitor);
  expect(names(present)).toEqual(["INACTIVITY", "VISITOR_LEFT", "AGENTS_OFFLINE"]);
  expect(present.triggers[1]).toEqual({ trigger: "VISITOR_LEFT", dueAt: null, since: null, delaySeconds: 300 });

  await visitor.leave();
  const left = await outlookOf(visitor);
  expect(names(left)).toEqual(["VISITOR_LEFT", "INACTIVITY", "AGENTS_OFFLINE"]);
  expect(left).toMatchObject({ state: "WAITING", trigger: "VISITOR_LEFT", settling: false });
  const [first, second, third] = left.triggers;
  expect(first.dueAt).toBe(left.dueAt);
  expect(new Date(first.dueAt).getTime() - new Date(first.since).getTime()).toBe(300_000);
  expect(new Date(second.dueAt).getTime() - new Date(second.since).getTime()).toBe(1_800_000);
  expect(third).toEqual({ trigger: "AGENTS_OFFLINE", dueAt: null, since: null, delaySeconds: 0 });

  await context.agent.setAvailability("OFFLINE");
  const offline = await outlookOf(visitor);
  expect(names(offline)[0]).toBe("AGENTS_OFFLINE");
  expect(offline).toMatchObject({ trigger: "AGENTS_OFFLINE", settling: true });
  await context.agent.setAvailability("ONLINE");

  await context.app.pass(600);
  expect(await outlookOf(visitor)).toEqual({
    state: "NOTHING_PENDING",
    dueAt: null,
    trigger: null,
    settling: false,
    triggers: [],
  });
});

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { GraphqlClient } from "../support/app/graphql-client.js";
import { TestContext } from "../support/app/test-context.js";

let context: TestContext;
beforeAll(async () => {
  context = await TestContext.setup();
});
afterAll(() => context?.teardown());

const query = "query ($id: ID) { viewer { ... on Visitor { whenAway(conversationId: $id) } } }";

async function promised(client: GraphqlClient, id: string | null = null): Promise<string> {
  return (await client.do(query, { id })).viewer.whenAway;
}

const setMode = (mode: string) =>
  context.agent.client.do(
    "mutation ($mode: ForwardingMode!) { updateForwardingPreference(input: { mode: $mode }) { mode } }",
    { mode },
  );
const optOut = (client: GraphqlClient, optedOut: boolean, id: string | null = null) =>
  client.do(
    "mutation ($optedOut: Boolean!, $id: ID) { setEmailOptOut(optedOut: $optedOut, conversationId: $id) { optedOut } }",
    { optedOut, id },
  );

describe("What a visitor is promised about answers after they have left", () => {
  test("changes with the address, the opt-out and the preference", async () => {
    const { client } = await context.startConversation();
    expect(await promised(client)).toBe("NO_ADDRESS");
    await client.do('mutation { submitContactForm(input: { email: "ana@example.com" }) { id } }');
    expect(await promised(client)).toBe("EMAIL");
    await optOut(client, true);
    expect(await promised(client)).toBe("OPTED_OUT");
    await optOut(client, false);
    await setMode("NOTHING");
    expect(await promised(client)).toBe("CHAT_ONLY");
    await setMode("UNREAD_REPLIES");
    expect(await promised(client)).toBe("EMAIL");
  });

  test("is about one conversation if it is asked for", async () => {
    const { client, conversationId } = await context.startConversation("Hello", { email: "ben@example.com" });
    await optOut(client, true, conversationId);
    expect(await promised(client, conversationId)).toBe("OPTED_OUT");
    expect(await promised(client)).toBe("EMAIL");
  });

  test("is not an email once nothing is sent to the address any more", async () => {
    await context.suppress("nobody@example.com");
    const { client } = await context.startConversation("Hello", { email: "nobody@example.com" });
    expect(await promised(client)).toBe("UNREACHABLE");
  });

  test("may be asked under 50 names at once", async () => {
    const { client, conversationId } = await context.startConversation("Hello", { email: "cleo@example.com" });
    const fields = Array.from({ length: 50 }, (_, index) => `a${index}: whenAway(conversationId: $id)`).join(" ");
    const { viewer } = await client.do(`query ($id: ID!) { viewer { ... on Visitor { ${fields} } } }`, {
      id: conversationId,
    });
    expect(new Set(Object.values(viewer))).toEqual(new Set(["EMAIL"]));
  });

  test("is only told about conversations of their own, and a guest's about the one of the link", async () => {
    const { client, conversationId } = await context.startConversation("Hello", { email: "dora@example.com" });
    const other = await context.startConversation("Hello");
    for (const id of [other.conversationId, "nonsense", "019386f4-9b4e-7a51-8c4c-3d2b1a0f9e8d"]) {
      expect((await client.fail(query, { id })).extensions.code).toBe("NOT_FOUND");
    }
    await context.sendMessage(context.agent.client, conversationId, "A reply");
    const guest = await context.guest(conversationId);
    expect(await promised(guest)).toBe("EMAIL");
    expect(await promised(guest, conversationId)).toBe("EMAIL");
    await optOut(client, true, conversationId);
    expect(await promised(guest)).toBe("OPTED_OUT");
  });
});

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Statement } from "../../src/database/database.js";
import type { GraphqlClient } from "../support/app/graphql-client.js";
import { codeOf } from "../support/app/test-app.js";
import { TestContext } from "../support/app/test-context.js";

const one: Statement = { name: "test-one", text: "SELECT 1 AS one" };
const sendMutation = `mutation ($text: String!) { sendMessage(input: { text: $text }) { id } }`;

let context: TestContext;

beforeAll(async () => {
  // Fewer connections than visitors, as in every deployment.
  context = await TestContext.setup({ DATABASE_POOL_SIZE: "10" }, { agent: "offline" });
});

afterAll(() => context?.teardown());

describe("Many visitors who write at once", () => {
  test.each([
    ["OFF", null],
    ["REQUIRED", "CONTACT_FORM_REQUIRED"],
  ])("all get an answer while the contact form is %s", async (whenOffline, expected) => {
    await context.agent.client.do(`mutation { updateContactForm(input: { whenOffline: ${whenOffline} }) { current } }`);
    const visitors: GraphqlClient[] = [];
    for (let visitor = 0; visitor < 20; visitor += 1) visitors.push(await context.app.startVisitor());
    const answers = visitors.flatMap((visitor) =>
      [1, 2, 3].map((message) => visitor.ask(sendMutation, { text: `Message ${message}` })),
    );
    const ready = await fetch(`${context.app.url}/ready`);
    expect(ready.status).toBe(200);
    const codes = (await Promise.all(answers)).map(({ errors }) => codeOf(errors));
    expect(codes).toEqual(Array.from({ length: 60 }, () => expected));
  });
});

describe("A transaction", () => {
  test("cannot take a second connection, by a statement or by another transaction", async () => {
    const { database } = context.app.services;
    const refused = /second connection.*pass the transaction on/;
    await database.transaction(async (transaction) => {
      await expect(database.query(one, [])).rejects.toThrow(refused);
      await expect(database.queryValues(one, [])).rejects.toThrow(refused);
      await expect(database.transaction(async () => 1)).rejects.toThrow(refused);
      expect(await transaction.query(one, [])).toEqual([{ one: 1 }]);
    });
  });

  test("does not restrict what it has started once it is over", async () => {
    const { database } = context.app.services;
    const over = Promise.withResolvers<void>();
    const started = await database.transaction(async () => ({
      later: over.promise.then(() => database.query(one, [])),
    }));
    over.resolve();
    expect(await started.later).toEqual([{ one: 1 }]);
    await database
      .transaction(async () => {
        throw new Error("rolled back");
      })
      .catch(() => undefined);
    expect(await database.query(one, [])).toEqual([{ one: 1 }]);
  });
});

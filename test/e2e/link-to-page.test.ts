import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { TestContext } from "../support/app/test-context.js";
import type { TestVisitor } from "../support/app/test-visitor.js";

let context: TestContext;
beforeAll(async () => {
  context = await TestContext.setup({
    WEBSITE_URL: "https://harbour.example/chat",
    ALLOWED_WEBSITES: "https://shop.example, https://www.shop.example/",
  });
});
afterAll(() => context?.teardown());

const seen = (visitor: TestVisitor, page: string) =>
  visitor.client.do("mutation ($page: String!) { recordActivity(page: $page) { id } }", { page });

/** What the link in the email leads to, without its code. */
async function linkedPage(visitor: TestVisitor): Promise<string | undefined> {
  await visitor.leave();
  await context.agent.reply(visitor, "It is, come by.");
  await context.app.pass(600);
  return /(https:\/\/\S+)#afterchat-resume=/.exec(context.mailsTo(visitor)[0]?.parsed.text ?? "")?.[1];
}

describe("The link in an email leads", () => {
  test("to the page from which the visitor last wrote, also if they have read others since", async () => {
    const visitor = await context.visitor();
    await seen(visitor, "https://shop.example/bikes?size=m#top");
    await visitor.say("Is my bike ready?");
    await seen(visitor, "https://shop.example/tyres");
    expect(await linkedPage(visitor)).toBe("https://shop.example/bikes?size=m");
  });

  test("to the website after they wrote from a page that is not allowed, or from an unknown one", async () => {
    const elsewhere = await context.visitor();
    await seen(elsewhere, "https://elsewhere.example/bikes");
    await elsewhere.say("Is my bike ready?");
    expect(await linkedPage(elsewhere)).toBe("https://harbour.example/chat");
    const unknown = await context.visitor();
    await unknown.say("Is my bike ready?");
    expect(await linkedPage(unknown)).toBe("https://harbour.example/chat");
  });

  test("to the website while only a bot has answered an address that is not proven: the page is the visitor's text", async () => {
    const visitor = await context.visitor();
    await seen(visitor, "https://shop.example/buy-my-tyres");
    await visitor.say("Is my bike ready?");
    await visitor.leave();
    await context.sendMessage(context.agent.client, visitor.conversationId, "We will look.", { asBot: "Bikebot" });
    await context.app.pass(600);
    const [mail] = context.mailsTo(visitor);
    expect(mail?.parsed.text).toContain("https://harbour.example/chat#afterchat-resume=");
    expect(mail?.parsed.text).not.toContain("buy-my-tyres");
  });
});

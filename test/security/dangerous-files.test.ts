import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { InboundContext } from "../inbound/inbound-context.js";
import { post, refused, storedFiles, upload } from "../support/app/upload.js";
import { fakeEmailVendor } from "../support/fakes/email-channel.js";

let inbound: InboundContext;

beforeAll(async () => {
  inbound = await InboundContext.setup();
});
afterEach(() => fakeEmailVendor.behave());
afterAll(() => inbound?.teardown());

const dangerous = [
  "a.ｂａｔ",
  "a.exe. .",
  "invoice.pdf.ＬＮＫ",
  "a.\u0435\u0445\u0435",
  "help.chm",
  "budget.xlsm",
  "x.settingcontent-ms",
];

describe("files that could run when opened", () => {
  test("cannot be uploaded, and leave nothing behind", async () => {
    const visitor = await inbound.context.app.startVisitor();
    const before = await storedFiles(inbound.context.app);
    for (const name of dangerous) {
      const answer = await refused(post(visitor, { content: "x", name, type: "application/pdf" }));
      expect([name, answer]).toEqual([name, { status: 415, message: expect.stringMatching(/cannot be sent.*choose/) }]);
    }
    expect(await storedFiles(inbound.context.app)).toEqual(before);
    expect(await upload(visitor, { content: "x", name: "ｒｅｐｏｒｔ.txt" })).toMatchObject({
      name: "ｒｅｐｏｒｔ.txt",
    });
  });

  test("that arrive through a channel are named in the message, and not stored", async () => {
    const ana = await inbound.forwarded("Send a picture.");
    const attachments = dangerous.map((name) => ({
      name,
      contentType: "application/pdf",
      content: Buffer.from("x").toString("base64"),
    }));
    await inbound.receiveReply(ana, { text: "Here.", attachments });
    const [message] = await inbound.emails(ana);
    expect(message?.attachments).toEqual([]);
    expect(message?.text.match(/because programs and scripts are not accepted/g)).toHaveLength(dangerous.length);
  });
});

import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { removeAttachments } from "../../src/attachments/remove-attachments.js";
import { createResumeCode } from "../../src/visitors/resume-code.js";
import type { GraphqlClient } from "../support/app/graphql-client.js";
import { type StartedConversation, TestContext } from "../support/app/test-context.js";
import { failToSend, post, refused, send, storedFiles, upload } from "../support/app/upload.js";

const hour = 3_600;
let context: TestContext;
let ana: StartedConversation;
let agent: GraphqlClient;

beforeAll(async () => {
  context = await TestContext.setup({}, { agent: "offline" });
  ana = await context.startConversation("Is my bike ready?", { email: "ana@example.com", name: "Ana" });
});

// Days pass between the tests, so agents' sessions expire.
beforeEach(async () => {
  agent = await context.app.signInAdmin();
});

afterAll(() => context.teardown());

const rows = () =>
  context.app.services.database.query<{ id: string; name: string }>(
    { name: "all-attachments", text: "SELECT id, name FROM attachments ORDER BY id" },
    [],
  );
const ids = async () => (await rows()).map((row) => row.id);
const sql = (text: string, ...parameters: unknown[]) =>
  context.app.services.database.query({ name: `test ${text}`.slice(0, 60), text }, parameters);

test("The job removes an upload that was not sent within 24 hours, and keeps a sent one", async () => {
  const { id: unsent } = await upload(ana.client, { content: "Unsent" });
  const { id: sent } = await upload(ana.client, { content: "Sent" });
  await send(ana.client, { conversationId: ana.conversationId, text: "", attachmentIds: [sent] });
  await context.app.advance(24 * hour - 10);
  await removeAttachments(context.app.services);
  expect((await ids()).sort()).toEqual([unsent, sent].sort());
  await context.app.advance(11);
  await removeAttachments(context.app.services);
  expect(await ids()).toEqual([sent]);
  expect(await storedFiles(context.app)).toEqual([sent]);
  const input = { conversationId: ana.conversationId, text: "x", attachmentIds: [unsent] };
  expect(await failToSend(ana.client, input)).toMatchObject({ extensions: { code: "NOT_FOUND" } });
});

test("The job removes what a killed process left behind: a row without a file, and a received or stored file that was not recorded", async () => {
  const before = await ids();
  const { services } = context.app;
  const abandoned: string[] = [];
  for (const state of ["row", "incoming", "kept"]) {
    const { id } = await upload(ana.client, { content: state });
    await sql("UPDATE attachments SET uploaded_at = NULL WHERE id = $1", id);
    if (state === "row") await services.attachments.remove(id);
    if (state === "incoming") {
      await services.attachments.remove(id);
      const { writeFile } = await import("node:fs/promises");
      await writeFile(await services.attachments.incomingPath(id), "half of");
    }
    abandoned.push(id);
  }
  // Marked as removed, and killed before the file was deleted.
  const { id: marked } = await upload(ana.client, { content: "marked" });
  await sql("UPDATE attachments SET removed_at = now() WHERE id = $1", marked);
  await removeAttachments(services);
  expect(await ids()).toEqual([...before, ...abandoned].sort());
  await context.app.advance(hour + 1);
  await Promise.all([removeAttachments(services), removeAttachments(services)]);
  expect(await ids()).toEqual(before);
  expect((await storedFiles(context.app)).sort()).toEqual(before);
});

test("A visitor may have at most 50 unsent uploads and 200 MB; sending frees the quota", async () => {
  const visitor = await context.startConversation("Is my bike ready?", { email: "ana@example.com", name: "Ana" });
  const { id } = await upload(visitor.client, { content: "The first" });
  await sql(
    `INSERT INTO attachments SELECT gen_random_uuid(), 'VISITOR', uploader_id, '', '', 1, created_at, created_at
      FROM attachments, generate_series(1, 49) WHERE id = $1`,
    id,
  );
  const response = await post(visitor.client, { content: "The last straw" });
  expect(response.headers.get("retry-after")).toBe("3600");
  expect(await refused(Promise.resolve(response))).toEqual({
    status: 429,
    message: expect.stringMatching(/^Too many of your uploads have not been sent: send some/),
  });
  await send(visitor.client, { conversationId: visitor.conversationId, text: "", attachmentIds: [id] });
  await upload(visitor.client, { content: "Again" });

  await sql(
    "UPDATE attachments SET size_bytes = 4194304 WHERE message_id IS NULL AND uploader_id = $1",
    visitor.visitorId,
  );
  expect((await refused(post(visitor.client, { content: "Too much" }))).status).toBe(429);
  await upload(ana.client, { content: "Others may" });
  await sql("DELETE FROM attachments WHERE name = '' AND uploader_id = $1", visitor.visitorId);
});

test("Erasing a visitor removes their files and the files of replies to them, and no others", async () => {
  const bystander = await context.startConversation("Is my bike ready?", { email: "ana@example.com", name: "Ana" });
  const erased = await context.startConversation("Is my bike ready?", { email: "ana@example.com", name: "Ana" });
  const texts = { content: "A file" };
  const { id: theirs } = await upload(erased.client, { ...texts, name: "ana-at-the-sea.txt" });
  await send(erased.client, { conversationId: erased.conversationId, text: "", attachmentIds: [theirs] });
  const { id: unsent } = await upload(erased.client, texts);
  const guest = await context.app.startVisitor({
    resume: createResumeCode(context.app.services, erased.conversationId),
  });
  const { id: guests } = await upload(guest, texts);
  const { id: reply } = await upload(agent, texts);
  const sent = await send(agent, { conversationId: erased.conversationId, text: "", attachmentIds: [reply] });
  const { id: waiting } = await upload(agent, texts);
  const { id: elsewhere } = await upload(agent, texts);
  await send(agent, { conversationId: bystander.conversationId, text: "", attachmentIds: [elsewhere] });

  await agent.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", { id: erased.visitorId });
  const remaining = await ids();
  for (const id of [theirs, unsent, guests, reply]) {
    expect(remaining).not.toContain(id);
    expect(await storedFiles(context.app)).not.toContain(id);
  }
  for (const id of [waiting, elsewhere]) expect(await storedFiles(context.app)).toContain(id);
  expect((await refused(fetch(sent.attachments[0].url))).status).toBe(404);
  const { conversation } = await agent.do(
    `query ($id: ID!) { conversation(id: $id) { lastMessage { attachments { id } } messages { nodes { attachments { id } } } } }`,
    { id: erased.conversationId },
  );
  expect(JSON.stringify(conversation)).not.toMatch(/"id"/);
  const messages = await sql(
    "SELECT to_jsonb(messages) AS kept FROM messages WHERE conversation_id = $1",
    erased.conversationId,
  );
  expect(JSON.stringify(messages)).not.toContain("ana-at-the-sea");
  expect((await refused(post(erased.client, texts))).status).toBe(401);
});

test("A file of a visitor who is erased while it arrives is refused, and nothing of it is kept", async () => {
  const { client, visitorId } = await context.startConversation();
  const before = new Set(await ids());
  const answered = Promise.withResolvers<number | undefined>();
  const request = httpRequest(
    `${client.url}/attachments`,
    {
      method: "POST",
      headers: { authorization: `Bearer ${client.token}`, "content-type": "multipart/form-data; boundary=part" },
    },
    (response) => answered.resolve(response.resume().statusCode),
  );
  request.on("error", answered.reject);
  request.write('--part\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nThe first half');
  const arriving = async () => (await ids()).filter((id) => !before.has(id));
  for (let asked = 0; asked < 1_000 && (await arriving()).length === 0; asked += 1);
  expect(await arriving()).toHaveLength(1);
  // As another process erases them, which has not removed the file yet.
  await sql("UPDATE attachments SET removed_at = now() WHERE uploader_id = $1", visitorId);
  request.end(" and the second\r\n--part--\r\n");
  expect(await answered.promise).toBe(401);
  await removeAttachments(context.app.services);
  expect(await arriving()).toEqual([]);
});

test("Files that cannot be removed immediately become unavailable, and the job removes them later", async () => {
  const erased = await context.startConversation("Is my bike ready?", { email: "ana@example.com", name: "Ana" });
  const { id } = await upload(erased.client, { content: "A file", name: "secret-name.txt" });
  const message = await send(erased.client, { conversationId: erased.conversationId, text: "", attachmentIds: [id] });
  const { services } = context.app;
  const { remove } = services.attachments;
  // The storage does not answer removals; its other operations still work.
  services.attachments.remove = async () => {
    throw new Error("The storage does not answer");
  };
  await agent.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", { id: erased.visitorId });
  expect(await refused(fetch(message.attachments[0].url))).toEqual({
    status: 410,
    message: "This file was removed: ask for it to be sent again.",
  });
  expect(JSON.stringify(await rows())).not.toContain("secret-name");
  expect(await storedFiles(context.app)).toContain(id);
  services.attachments.remove = remove;
  await removeAttachments(services);
  expect(await storedFiles(context.app)).not.toContain(id);
  expect(await ids()).not.toContain(id);
});

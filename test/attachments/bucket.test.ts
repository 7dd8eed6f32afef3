import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { removeAttachments } from "../../src/attachments/remove-attachments.js";
import { readConfig } from "../../src/config.js";
import type { Logger } from "../../src/logger.js";
import { createLogger } from "../../src/logger.js";
import { TestContext } from "../support/app/test-context.js";
import { png, post, refused, send, storedFiles, upload } from "../support/app/upload.js";
import { S3Server, s3ServerMissing } from "../support/servers/s3/s3-server.js";

describe("ATTACHMENTS_URL", () => {
  const bucketOf = (url: string) => readConfig({ ATTACHMENTS_URL: url }).attachmentsBucket;

  test("names a bucket of an S3-compatible service", () => {
    expect(bucketOf("s3://key:se%2Fcret@s3.eu-central-1.amazonaws.com/our-files?region=eu-central-1")).toEqual({
      endpoint: "https://s3.eu-central-1.amazonaws.com",
      bucket: "our-files",
      prefix: "",
      region: "eu-central-1",
      credentials: { key: "key", secret: "se/cret" },
    });
    expect(bucketOf("s3://minio.internal:9000/files/chat/2026?tls=off")).toEqual({
      endpoint: "http://minio.internal:9000",
      bucket: "files",
      prefix: "chat/2026/",
      region: "us-east-1",
      credentials: null,
    });
    expect(readConfig({}).attachmentsBucket).toBeNull();
  });

  test.each([
    "hunter2",
    "https://key:hunter2@s3.example/bucket",
    "s3://key:hunter2@s3.example",
    "s3://hunter2@s3.example/bucket",
    "s3://key:hunter2@s3.example/B",
    "s3://key:hunter2@s3.example/bucket?region=EU West",
    "s3://key:hunter2@s3.example/bucket?tls=maybe",
    "s3://key:hunter2@s3.example/bucket?style=path",
    "s3://key:hunter2%@s3.example/bucket",
    "s3://key:hunter2@s3.example/bucket#1",
  ])("%s aborts the start with an explanation that does not reveal the secret", (url) => {
    const read = () => bucketOf(url);
    expect(read).toThrow(/^ATTACHMENTS_URL: [a-z]/);
    expect(read).not.toThrow(/hunter2/);
  });
});

if (s3ServerMissing !== null) process.stderr.write(`Skipped: attachments in a bucket. ${s3ServerMissing}.\n`);
const describeBucket = s3ServerMissing === null ? describe : describe.skip;

describeBucket("Attachments in a bucket", () => {
  let server: S3Server;
  let client: S3Client;
  let context: TestContext;
  const logged: string[] = [];

  beforeAll(async () => {
    server = await S3Server.start();
    client = new S3Client({
      endpoint: `http://${server.host}`,
      region: "eu-central-1",
      forcePathStyle: true,
      credentials: { accessKeyId: "key", secretAccessKey: "hunter2" },
    });
    await client.send(
      new CreateBucketCommand({ Bucket: "files", CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }),
    );
    const log = (message: string, fields: unknown) => void logged.push(`${message} ${JSON.stringify(fields)}`);
    const logger: Logger = { ...createLogger("silent"), error: log, warn: log };
    const url = `s3://key:hunter2@${server.host}/files/chat?region=eu-central-1&tls=off`;
    context = await TestContext.setup({ ATTACHMENTS_URL: url }, { agent: "offline", logger });
  });

  afterAll(async () => {
    await context?.teardown();
    client?.destroy();
    await server?.stop();
  });

  const keys = async () =>
    ((await client.send(new ListObjectsV2Command({ Bucket: "files" }))).Contents ?? []).map(({ Key }) => Key);

  test("are uploaded, downloaded, sent and removed there, and leave no file on the disk", async () => {
    const visitor = await context.startConversation("Is my bike ready?", { email: "ana@example.com", name: "Ana" });
    const content = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, index) => index % 251));
    const { id } = await upload(visitor.client, { content, name: "large.bin" });
    const { id: unsent } = await upload(visitor.client, { content: "Never sent" });
    expect((await keys()).sort()).toEqual([`chat/${id}`, `chat/${unsent}`].sort());
    const object = { Bucket: "files", Key: `chat/${id}` };
    expect(await client.send(new HeadObjectCommand(object))).toMatchObject({
      ContentLength: 300_000,
      ContentDisposition: "attachment",
      ContentType: "application/octet-stream",
    });
    const stored = await client.send(new GetObjectCommand(object));
    expect(content.equals((await stored.Body?.transformToByteArray()) ?? png)).toBe(true);
    const input = { conversationId: visitor.conversationId, text: "", attachmentIds: [id] };
    const { url } = (await send(visitor.client, input)).attachments[0];
    const download = await fetch(url);
    expect(content.equals(new Uint8Array(await download.arrayBuffer()))).toBe(true);
    expect(await storedFiles(context.app)).toEqual([]);

    await context.app.advance(24 * 3_600 + 1);
    await removeAttachments(context.app.services);
    expect(await keys()).toEqual([`chat/${id}`]);
    const admin = await context.app.signInAdmin();
    await admin.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", { id: visitor.visitorId });
    expect(await keys()).toEqual([]);
  });

  test("are refused while the service does not answer, and leave no file behind", async () => {
    const visitor = await context.startConversation("Is my bike ready?", { email: "ana@example.com", name: "Ana" });
    const { id } = await upload(visitor.client, { content: "Before" });
    const input = { conversationId: visitor.conversationId, text: "", attachmentIds: [id] };
    const { url } = (await send(visitor.client, input)).attachments[0];
    await server.stop();
    expect(await refused(post(visitor.client, { content: "Meanwhile" }))).toEqual({
      status: 503,
      message: "The file could not be stored: try again later.",
    });
    expect(await refused(fetch(url))).toEqual({
      status: 503,
      message: "The file cannot be read now: try again later.",
    });
    expect(await storedFiles(context.app)).toEqual([]);
    expect(logged.join("\n")).toMatch(/could not be stored.*ECONNREFUSED/);
    expect(logged.join("\n")).not.toMatch(/hunter2/);
  });
});

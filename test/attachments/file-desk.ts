import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "../../src/logger.js";
import { createLogger } from "../../src/logger.js";
import type { Environment } from "../../src/settings-error.js";
import type { GraphqlClient } from "../support/app/graphql-client.js";
import { TestApp } from "../support/app/test-app.js";

export interface Uploaded {
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  readonly sizeBytes: number;
}

export interface Refused {
  readonly status: number;
  readonly message: string;
}

export interface UploadedFile {
  readonly content: string | Uint8Array<ArrayBuffer>;
  readonly name?: string;
  /** As the sender says; a lie at times. */
  readonly type?: string;
}

/** A program with a folder of its own for files, which goes with it. */
export class FileDesk {
  private constructor(
    readonly program: TestApp,
    readonly directory: string,
  ) {}

  static async open(environment: Environment = {}, logger: Logger = createLogger("silent")): Promise<FileDesk> {
    const directory = await mkdtemp(join(tmpdir(), "afterchat-files-"));
    return new FileDesk(await TestApp.start({ DATA_DIR: directory, ...environment }, logger), directory);
  }

  async close(): Promise<void> {
    await this.program.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  get url(): string {
    return this.program.app.url;
  }

  /** What is on the disk, whole or in parts, by the name of the file. */
  async files(): Promise<string[]> {
    const found = await readdir(join(this.directory, "attachments"), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    return found.filter((entry) => entry.isFile()).map((entry) => entry.name);
  }

  /** A visitor with a conversation. */
  async talker(): Promise<Talker> {
    const client = await this.program.startVisitor();
    const { submitContactForm } = await client.do(
      `mutation { submitContactForm(input: { email: "ana@example.com", name: "Ana" }) { id } }`,
    );
    const { sendMessage } = await client.do(
      `mutation { sendMessage(input: { text: "Is my bike ready?" }) { conversation { id } } }`,
    );
    return { client, visitorId: submitContactForm.id, conversationId: sendMessage.conversation.id };
  }
}

export interface Talker {
  readonly client: GraphqlClient;
  readonly visitorId: string;
  readonly conversationId: string;
}

/** Posts a form with one file in a field, as a browser does. */
export async function post(
  { url, token }: GraphqlClient,
  { content, name = "notes.txt", type = "text/plain" }: UploadedFile,
  field = "file",
): Promise<Response> {
  const form = new FormData();
  form.append(field, new Blob([content], { type }), name);
  return fetch(`${url}/attachments`, {
    method: "POST",
    body: form,
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  });
}

/** An upload that must succeed. */
export async function upload(client: GraphqlClient, file: UploadedFile): Promise<Uploaded> {
  const response = await post(client, file);
  if (response.status !== 201) throw new Error(`Refused: ${response.status} ${await response.text()}`);
  return (await response.json()) as Uploaded;
}

/** An upload that must be refused. */
export async function refused(answer: Promise<Response>): Promise<Refused> {
  const response = await answer;
  const { statusCode, message } = (await response.json()) as { statusCode: number; message: string };
  if (response.ok || statusCode !== response.status) throw new Error(`Not refused: ${response.status}`);
  return { status: response.status, message };
}

const sending = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) {
  id text conversation { id } attachments { id name contentType sizeBytes url } } }`;

export const send = async (client: GraphqlClient, input: Record<string, unknown>) =>
  (await client.do(sending, { input })).sendMessage;
export const failToSend = (client: GraphqlClient, input: Record<string, unknown>) => client.fail(sending, { input });

/** The smallest PNG: one grey pixel. */
export const png = Uint8Array.from(
  Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==", "base64"),
);

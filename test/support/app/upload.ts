import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { GraphqlClient } from "./graphql-client.js";
import type { TestApp } from "./test-app.js";

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

/** What is on the program's disk, whole or in parts, by the name of the file. */
export async function storedFiles({ directory }: Pick<TestApp, "directory">): Promise<string[]> {
  const found = await readdir(join(directory, "attachments"), { recursive: true, withFileTypes: true }).catch(() => []);
  return found.filter((entry) => entry.isFile()).map((entry) => entry.name);
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

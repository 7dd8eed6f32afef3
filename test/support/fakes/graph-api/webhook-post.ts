import { createHmac } from "node:crypto";

/** The bytes of a webhook as Meta writes them: everything beyond ASCII and every slash escaped. */
export function writeWebhookBody(body: unknown): Buffer {
  const text = JSON.stringify(body)
    .replaceAll("/", "\\/")
    .replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return Buffer.from(text, "latin1");
}

export function signWebhookBody(appSecret: string, body: Uint8Array): string {
  return `sha256=${createHmac("sha256", appSecret).update(body).digest("hex")}`;
}

/** Posts a webhook as Meta does. The HTTP status; 0: nobody answered. */
export async function postWebhook(url: string, appSecret: string, body: Buffer): Promise<number> {
  const headers = { "content-type": "application/json", "x-hub-signature-256": signWebhookBody(appSecret, body) };
  try {
    const response = await fetch(url, { method: "POST", headers, body: new Uint8Array(body) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { signWebhook } from "afterchat/channel";
import type { Behaviour, FakeVendor, ReceivedMessage, TestHost } from "afterchat/channel-contract";

export const token = "token of the vendor";
export const secret = `whsec_${Buffer.from("the secret of the webhooks").toString("base64")}`;

/** The status with which the vendor refuses a message. Its errors repeat the token, as real ones may. */
const refusals: Partial<Record<Behaviour, number>> = {
  "refuses-for-now": 503,
  "limits-rate": 429,
  "refuses-credentials": 401,
  "refuses-for-good": 422,
  "refuses-address": 404,
};

/** A fake vendor: a server on loopback that can be made to fail. Make it respond as your vendor does. */
export async function startSmsVendor(
  host: TestHost,
  { port = 0, onMessage = (_text: string): void => {} } = {},
): Promise<FakeVendor> {
  const received: ReceivedMessage[] = [];
  const contentReceived = Promise.withResolvers<void>();
  let behaviour: Behaviour = "accepts";

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const status = request.headers.authorization === `Bearer ${token}` ? refusals[behaviour] : 401;
    if (status !== undefined) {
      response.writeHead(status, { "retry-after": "30" }).end(JSON.stringify({ error: `refused for ${token}` }));
    } else if (request.url === "/account") {
      response.end("{}");
    } else if (behaviour === "silent-after-content") {
      contentReceived.resolve();
    } else if (behaviour === "drops-after-content") {
      request.socket.destroy();
    } else {
      const messageId = `message-${received.length + 1}`;
      const { text } = JSON.parse(body);
      received.push({ text, messageId });
      onMessage(text);
      response.end(JSON.stringify({ id: messageId }));
    }
  };
  const server = createServer((request, response) => {
    respond(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");

  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return {
    environment: { SMS_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` },
    received: async () => received,
    contentReceived: () => contentReceived.promise,
    async behave(next) {
      behaviour = next;
      if (next === "unreachable") await stop();
    },
    inbound: {
      message({ id, text }) {
        const body = JSON.stringify({ id, from: "+351912345678", text, at: host.now().toISOString() });
        const headers = { "content-type": "application/json", ...signWebhook(secret, id, body, host.now()) };
        return new Request(new URL("webhooks/sms", host.publicUrl), { method: "POST", headers, body });
      },
    },
    stop,
  };
}

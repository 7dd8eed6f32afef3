import { randomUUID } from "node:crypto";
import { check } from "./check.js";
import {
  type ConnectedChannel,
  type ContractCase,
  type ContractHarness,
  deliver,
  isOk,
  onlyMessages,
} from "./harness.js";
import { hostileBodies, hostileOriginals } from "./hostile-input.js";
import { sampleOriginal } from "./test-host.js";

const receiptTypes: readonly string[] = ["delivered", "read", "bounced", "complained"];

/** What the channel receives: each message once, stored before it is acknowledged, and only from its vendor. */
export function receivingCases<Config, Address>(harness: ContractHarness<Config, Address>): readonly ContractCase[] {
  const { supports } = harness.plugin;
  const cases: ContractCase[] = [interpretCase(harness)];
  if (supports.replies) cases.push(...replyCases(harness));
  if (supports.receipts) cases.push(receiptCase(harness));
  else if (supports.replies) {
    cases.push({
      title: "reports no receipts, as it declares",
      run: () =>
        harness.withChannel(async (channel) => {
          await deliver(channel, harness.outbound());
          await writeMessage(harness, channel, "I come at five.");
          const events = await harness.collectEvents(channel);
          const receipts = events.filter((event) => receiptTypes.includes(event.type));
          check(receipts.length === 0, "Declare supports.receipts, or report none.", receipts);
        }),
    });
  }
  if (!supports.replies) {
    cases.push({
      title: "receives no messages, as it declares",
      run: () =>
        harness.withChannel(async (channel) => {
          await deliver(channel, harness.outbound());
          const { host, connection } = channel;
          check(onlyMessages(host.events).length === 0, "Declare supports.replies, or receive none.", host.events);
          const silent = supports.receipts || connection.handleWebhook === undefined;
          check(silent, "A channel without replies and receipts needs no handleWebhook.");
        }),
    });
  }
  return cases;
}

/** Sends a visitor's message from the vendor. Returns the webhook's response; null if the channel polls. */
async function writeMessage<Config, Address>(
  harness: ContractHarness<Config, Address>,
  channel: ConnectedChannel<Address>,
  text: string,
  id: string = randomUUID(),
): Promise<Response | null> {
  const request = await harness.inboundOf(channel).message({ id, text });
  return request === null ? null : harness.post(channel, request);
}

function replyCases<Config, Address>(harness: ContractHarness<Config, Address>): readonly ContractCase[] {
  return [
    {
      title: "receives what a visitor writes, and acknowledges it",
      run: () =>
        harness.withChannel(async (channel) => {
          const response = await writeMessage(harness, channel, "I come at five, 2001.");
          check(isOk(response), "The response to a stored message must be 2xx.", response?.status);
          const messages = onlyMessages(await harness.collectEvents(channel));
          const texts = messages.map(({ text }) => text.trim());
          const matches = texts.length === 1 && texts[0] === "I come at five, 2001.";
          check(matches, "It must become one message with this text.", texts);
        }),
    },
    {
      title: "distinguishes two messages with the same text, and recognises a repeated one",
      run: () =>
        harness.withChannel(async (channel) => {
          const [first, second] = [randomUUID(), randomUUID()];
          for (const id of [first, second, first]) {
            const response = await writeMessage(harness, channel, "Hello?", id);
            check(isOk(response), "A repetition must be acknowledged as well.", response?.status);
          }
          const messages = onlyMessages(await harness.collectEvents(channel));
          const ids = new Set(messages.map(({ externalId }) => externalId));
          check(ids.size === 2, "externalId must be the same for the same message, and differ for another.", ids);
        }),
    },
    {
      title: "acknowledges only what is stored: not while the database is unavailable, but when it is sent again",
      run: () =>
        harness.withChannel(async (channel) => {
          const id = randomUUID();
          channel.host.setStorage("unavailable");
          const refused = await writeMessage(harness, channel, "Are you there?", id);
          check(refused === null || !isOk(refused), "Nothing was stored: 2xx would lose it.", refused?.status);
          channel.host.setStorage("available");
          const accepted = await writeMessage(harness, channel, "Are you there?", id);
          check(isOk(accepted), "It must be accepted when it is sent again.", accepted?.status);
          const messages = onlyMessages(await harness.collectEvents(channel));
          check(messages.length === 1, "It must be received once.", messages.length);
          channel.expectNoSecret(channel.host.logs);
        }),
    },
    {
      title: "rejects requests that its vendor did not send",
      run: () =>
        harness.withChannel(async (channel) => {
          const inbound = harness.inboundOf(channel);
          const request = await inbound.message({ id: randomUUID(), text: "Forged" });
          if (request === null) return;
          const forgeries = [...(await forge(request)), ...((await inbound.forgeries?.()) ?? [])];
          for (const forgery of forgeries) {
            const headers = [...forgery.headers.keys()];
            const { status } = await harness.post(channel, forgery);
            check(status >= 400 && status < 500, "An unauthenticated request must get 4xx.", status, headers);
          }
          expectNothingReceived(channel);
        }),
    },
    {
      title: "responds to malformed webhooks, and stores nothing of them",
      run: () =>
        harness.withChannel(async (channel) => {
          const request = await harness.inboundOf(channel).message({ id: randomUUID(), text: "Hello" });
          if (request === null) return;
          const { url, headers } = request;
          const get = new Request(url, { headers });
          const posts = hostileBodies.map((body) => new Request(url, { method: "POST", headers, body }));
          for (const hostile of [get, ...posts]) {
            const { status } = await harness.post(channel, hostile);
            check(status < 500, "A malformed body must get 4xx, not a server error.", status);
          }
          expectNothingReceived(channel);
        }),
    },
  ];
}

/** The same request without any credentials, and with each of them altered. */
async function forge(request: Request): Promise<readonly Request[]> {
  const body = await request.arrayBuffer();
  const isOrdinary = (name: string) => /^(content-(type|length)|accept|user-agent|host)$/.test(name);
  const url = new URL(request.url);
  const credentials = [...request.headers].filter(([name]) => !isOrdinary(name));
  const ordinary = [...request.headers].filter(([name]) => isOrdinary(name));
  check(
    credentials.length > 0 || url.search !== "",
    "The request must prove that the vendor sent it, for instance by a signature: anybody could have written this one.",
  );
  const at = (query: string) => `${url.origin}${url.pathname}${query}`;
  const altered = new URLSearchParams(
    [...url.searchParams].map(([name, value]): [string, string] => [name, alter(value)]),
  );
  return [
    new Request(at(""), { method: "POST", headers: ordinary, body }),
    new Request(at(url.search && `?${altered}`), {
      method: "POST",
      headers: [...ordinary, ...credentials.map(([name, value]): [string, string] => [name, alter(value)])],
      body,
    }),
  ];
}

function alter(value: string): string {
  const last = value.at(-1) ?? "";
  return `${value.slice(0, -1)}${last === "0" ? "1" : "0"}`;
}

function expectNothingReceived<Address>({ host }: ConnectedChannel<Address>): void {
  const received = [...host.events, ...host.originals];
  check(received.length === 0, "Nothing may be received.", received);
}

function receiptCase<Config, Address>(harness: ContractHarness<Config, Address>): ContractCase {
  return {
    title: "reports the vendor's receipts",
    run: () =>
      harness.withChannel(async (channel) => {
        const outbound = harness.outbound(["One reply"]);
        const result = await deliver(channel, outbound);
        check(result.outcome === "accepted", "The delivery must be accepted.", result);
        const { receipt } = harness.inboundOf(channel);
        check(receipt !== undefined, "supports.receipts needs `inbound.receipt` in the fake vendor.");
        const { deliveryId } = outbound;
        // The channel may find the conversation by an address that it signed.
        channel.host.addConversation({
          id: outbound.conversation.id,
          deliveries: [{ id: deliveryId, reference: outbound.reference, externalIds: result.externalIds }],
        });
        const response = await harness.post(
          channel,
          await receipt({ messageId: result.externalIds[0] ?? "", deliveryId }),
        );
        check(isOk(response), "A receipt must be acknowledged.", response.status);
        const events = await harness.collectEvents(channel);
        const receipts = events.filter((event) => receiptTypes.includes(event.type));
        check(receipts.length > 0, "It must become a delivered, read, bounced or complained event.", events);
      }),
  };
}

function interpretCase<Config, Address>(harness: ContractHarness<Config, Address>): ContractCase {
  return {
    title: "interprets any original without throwing, with the same result each time, and changes nothing",
    run: () =>
      harness.withChannel(async (channel) => {
        const { host, connection, vendor } = channel;
        if (connection.interpret === undefined) {
          // Then nothing could interpret what it stored.
          await deliver(channel, harness.outbound());
          check(host.originals.length === 0, "A channel that calls host.keep must implement `interpret`.");
          return;
        }
        for (const [index, content] of hostileOriginals.entries()) {
          const original = sampleOriginal({ key: `hostile-${index}`, content });
          const first = await connection.interpret(original, new AbortController().signal);
          check(["events", "dropped"].includes(first.outcome), "The outcome must be events or dropped.", first);
          const second = await connection.interpret(original, new AbortController().signal);
          const same = JSON.stringify(second) === JSON.stringify(first);
          check(same, "The same original must be interpreted in the same way.", first, second);
        }
        const changes = [...host.events, ...host.originals, ...(await vendor.received())];
        check(changes.length === 0, "Interpreting must change nothing.", changes);
      }),
  };
}

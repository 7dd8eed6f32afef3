import { randomUUID } from "node:crypto";
import { check } from "./check.js";
import { type ContractCase, type ContractStage, deliver, isOk, messagesAmong, type Setting } from "./harness.js";
import { hostileBodies, hostileOriginals } from "./hostile-input.js";
import { sampleOriginal } from "./test-host.js";

const receipts: readonly string[] = ["delivered", "read", "bounced", "complained"];

/** What comes in by the webhook: taken once, kept before it is acknowledged, and from its vendor only. */
export function receivingCases<Config, Address>(stage: ContractStage<Config, Address>): readonly ContractCase[] {
  const { supports } = stage.plugin;
  const cases: ContractCase[] = [interpretCase(stage)];
  if (supports.replies) cases.push(...replyCases(stage));
  if (supports.receipts) cases.push(receiptCase(stage));
  else if (supports.replies) {
    cases.push({
      title: "tells of no receipts, as it declares",
      run: () =>
        stage.connected(async (setting) => {
          await deliver(setting, stage.outbound());
          await bring(stage, setting, "I come at five.");
          const told = (await stage.understood(setting)).filter((event) => receipts.includes(event.type));
          check(told.length === 0, "Declare supports.receipts, or tell of none.", told);
        }),
    });
  }
  if (!supports.replies) {
    cases.push({
      title: "brings no messages, as it declares",
      run: () =>
        stage.connected(async (setting) => {
          await deliver(setting, stage.outbound());
          const { host, connection } = setting;
          check(messagesAmong(host.events).length === 0, "Declare supports.replies, or bring none.", host.events);
          const silent = supports.receipts || connection.handleWebhook === undefined;
          check(silent, "A channel that brings nothing back needs no handleWebhook.");
        }),
    });
  }
  return cases;
}

/** Somebody writes; the answer to the vendor, null where the channel fetched it. */
async function bring<Config, Address>(
  stage: ContractStage<Config, Address>,
  setting: Setting<Address>,
  text: string,
  id: string = randomUUID(),
): Promise<Response | null> {
  const request = await stage.inboundOf(setting).message({ id, text });
  return request === null ? null : stage.post(setting, request);
}

function replyCases<Config, Address>(stage: ContractStage<Config, Address>): readonly ContractCase[] {
  return [
    {
      title: "brings what a visitor writes, and acknowledges it",
      run: () =>
        stage.connected(async (setting) => {
          const response = await bring(stage, setting, "I come at five, 2001.");
          check(isOk(response), "What was stored must be answered with 2xx.", response?.status);
          const messages = messagesAmong(await stage.understood(setting));
          const texts = messages.map(({ text }) => text.trim());
          const one = texts.length === 1 && texts[0] === "I come at five, 2001.";
          check(one, "It must come as one message with this text.", texts);
        }),
    },
    {
      title: "tells two messages apart though they say the same, and knows one that is repeated",
      run: () =>
        stage.connected(async (setting) => {
          const [one, other] = [randomUUID(), randomUUID()];
          for (const id of [one, other, one]) {
            const response = await bring(stage, setting, "Hello?", id);
            check(isOk(response), "A repetition must be acknowledged as well.", response?.status);
          }
          const ids = new Set(messagesAmong(await stage.understood(setting)).map(({ externalId }) => externalId));
          check(ids.size === 2, "The same message must have the same externalId, another one another.", ids);
        }),
    },
    {
      title: "acknowledges only what is stored: refused while the database is away, and taken when it comes again",
      run: () =>
        stage.connected(async (setting) => {
          const id = randomUUID();
          setting.host.storage("refuse");
          const refused = await bring(stage, setting, "Are you there?", id);
          check(refused === null || !isOk(refused), "Nothing was stored: 2xx would lose it.", refused?.status);
          setting.host.storage("take");
          const taken = await bring(stage, setting, "Are you there?", id);
          check(isOk(taken), "It must be taken when it comes again.", taken?.status);
          const messages = messagesAmong(await stage.understood(setting));
          check(messages.length === 1, "It must come once.", messages.length);
          setting.expectNoSecret(setting.host.logs);
        }),
    },
    {
      title: "refuses what its vendor did not send",
      run: () =>
        stage.connected(async (setting) => {
          const inbound = stage.inboundOf(setting);
          const request = await inbound.message({ id: randomUUID(), text: "Forged" });
          if (request === null) return;
          const forgeries = [...(await forge(request)), ...((await inbound.forgeries?.()) ?? [])];
          for (const forgery of forgeries) {
            const shown = [...forgery.headers.keys()];
            const response = await stage.post(setting, forgery);
            const { status } = response;
            check(status >= 400 && status < 500, "Whoever cannot prove to be the vendor gets 4xx.", status, shown);
          }
          expectNothing(setting);
        }),
    },
    {
      title: "answers whatever is sent to its webhook, and takes nothing of it",
      run: () =>
        stage.connected(async (setting) => {
          const request = await stage.inboundOf(setting).message({ id: randomUUID(), text: "Hello" });
          if (request === null) return;
          const { url, headers } = request;
          const get = new Request(url, { headers });
          const posts = hostileBodies.map((body) => new Request(url, { method: "POST", headers, body }));
          for (const hostile of [get, ...posts]) {
            const { status } = await stage.post(setting, hostile);
            check(status < 500, "A body that cannot be read is answered with 4xx, not with a failure.", status);
          }
          expectNothing(setting);
        }),
    },
  ];
}

/** The same without any proof, and with every proof changed. */
async function forge(request: Request): Promise<readonly Request[]> {
  const body = await request.arrayBuffer();
  const kept = (name: string) => /^(content-(type|length)|accept|user-agent|host)$/.test(name);
  const url = new URL(request.url);
  const proofs = [...request.headers].filter(([name]) => !kept(name));
  const open = [...request.headers].filter(([name]) => kept(name));
  check(
    proofs.length > 0 || url.search !== "",
    "The request carries nothing by which its vendor can be known, a signature for instance: anybody could write it.",
  );
  const at = (query: string) => `${url.origin}${url.pathname}${query}`;
  const changed = new URLSearchParams(
    [...url.searchParams].map(([name, value]): [string, string] => [name, change(value)]),
  );
  return [
    new Request(at(""), { method: "POST", headers: open, body }),
    new Request(at(url.search && `?${changed}`), {
      method: "POST",
      headers: [...open, ...proofs.map(([name, value]): [string, string] => [name, change(value)])],
      body,
    }),
  ];
}

function change(value: string): string {
  const last = value.at(-1) ?? "";
  return `${value.slice(0, -1)}${last === "0" ? "1" : "0"}`;
}

function expectNothing<Address>({ host }: Setting<Address>): void {
  const taken = [...host.events, ...host.originals];
  check(taken.length === 0, "Nothing of it may be taken in.", taken);
}

function receiptCase<Config, Address>(stage: ContractStage<Config, Address>): ContractCase {
  return {
    title: "tells of what the vendor says about a delivery",
    run: () =>
      stage.connected(async (setting) => {
        const outbound = stage.outbound(["One reply"]);
        const result = await deliver(setting, outbound);
        check(result.outcome === "accepted", "The delivery must be accepted.", result);
        const { receipt } = stage.inboundOf(setting);
        check(receipt !== undefined, "supports.receipts needs `inbound.receipt` in the counterpart.");
        const { deliveryId } = outbound;
        // Addresses of a channel's own may lead to it.
        setting.host.addConversation({
          id: outbound.conversation.id,
          deliveries: [{ id: deliveryId, reference: outbound.reference, externalIds: result.externalIds }],
        });
        const response = await stage.post(
          setting,
          await receipt({ messageId: result.externalIds[0] ?? "", deliveryId }),
        );
        check(isOk(response), "A receipt must be acknowledged.", response.status);
        const told = (await stage.understood(setting)).filter((event) => receipts.includes(event.type));
        check(told.length > 0, "It must come as delivered, read, bounced or complained.", told);
      }),
  };
}

function interpretCase<Config, Address>(stage: ContractStage<Config, Address>): ContractCase {
  return {
    title: "interprets whatever it keeps without a throw, the same each time, and changes nothing by it",
    run: () =>
      stage.connected(async (setting) => {
        const { host, connection, counterpart } = setting;
        if (connection.interpret === undefined) {
          // Then nobody would understand what it kept.
          await deliver(setting, stage.outbound());
          check(host.originals.length === 0, "What host.keep takes needs `interpret`.");
          return;
        }
        for (const [index, content] of hostileOriginals.entries()) {
          const original = sampleOriginal({ key: `hostile-${index}`, content });
          const first = await connection.interpret(original, new AbortController().signal);
          check(["events", "dropped"].includes(first.outcome), "It must give events, or say why not.", first);
          const second = await connection.interpret(original, new AbortController().signal);
          const same = JSON.stringify(second) === JSON.stringify(first);
          check(same, "The same original must mean the same.", first, second);
        }
        const done = [...host.events, ...host.originals, ...(await counterpart.received())];
        check(done.length === 0, "Interpreting must change nothing.", done);
      }),
  };
}

import type { OutboundAttachment } from "../channel.js";
import { check, countOccurrences, settlesWithin } from "./check.js";
import { expectedResults } from "./fixture.js";
import { type ConnectedChannel, type ContractCase, type ContractHarness, deliver } from "./harness.js";
import { hostileTexts } from "./hostile-input.js";
import { sampleAttachment, sampleMessage, sampleOutbound } from "./test-host.js";

/** Afterchat waits 2 s for a delivery after aborting it. */
const abortGraceMs = 2_000;

/** Failures that every vendor can have. */
const commonFailures = ["refuses-for-now", "unreachable", "drops-after-content", "silent-after-content"] as const;

/** The results of deliveries, whatever the vendor does and whatever the messages contain. */
export function sendingCases<Config, Address>(harness: ContractHarness<Config, Address>): readonly ContractCase[] {
  const { plugin, fixture } = harness;
  const pending = ["The first reply, 1001", "The second reply, 1002"];
  const receivedText = async ({ vendor }: ConnectedChannel<Address>) =>
    (await vendor.received()).map((message) => message.text).join("\n");

  const cases: ContractCase[] = [
    {
      title: "is tested with every failure that any vendor can have",
      run: () =>
        harness.withChannel(async ({ vendor }) => {
          // A channel that only writes to its host has no vendor that could fail.
          if (Object.keys(vendor.environment).length === 0) return;
          const missing = commonFailures.filter((behaviour) => !fixture.behaviours.includes(behaviour));
          check(missing.length === 0, "The fixture's `behaviours` must include these.", missing);
        }),
    },
    {
      title: "delivers every pending reply exactly once",
      run: () =>
        harness.withChannel(async (channel) => {
          const result = await deliver(channel, harness.outbound(pending));
          check(result.outcome === "accepted", "What the vendor accepts must be accepted.", result);
          const texts = await receivedText(channel);
          for (const text of pending) check(countOccurrences(text, texts) === 1, `"${text}" must arrive once.`, texts);
        }),
    },
    {
      title: "sends nothing if its signal is already aborted",
      run: () =>
        harness.withChannel(async (channel) => {
          const result = await deliver(channel, harness.outbound(), AbortSignal.abort());
          const stopped = result.outcome === "retry" && result.failure.code === "TIMED_OUT";
          check(stopped, "The result must be retry with TIMED_OUT.", result);
          check((await channel.vendor.received()).length === 0, "Nothing may arrive.");
        }),
    },
    {
      title: "never throws, whatever texts and names contain",
      run: () =>
        harness.withChannel(async (channel) => {
          for (const hostile of hostileTexts) {
            const author = { kind: "agent", name: hostile } as const;
            const result = await deliver(
              channel,
              sampleOutbound(harness.goodAddress(), {
                messages: [sampleMessage(hostile, { role: "context" }), sampleMessage(hostile, { author })],
                visitor: { id: "visitor", name: hostile, locale: hostile, timeZone: hostile },
                company: { name: hostile, locale: hostile },
              }),
            );
            // The vendor would accept it: any other outcome is the plugin's own failure.
            const isFinal = result.outcome === "accepted" || result.outcome === "rejected";
            check(isFinal, "It must be accepted or rejected.", result, hostile.slice(0, 40));
          }
          const empty = await deliver(channel, sampleOutbound(harness.goodAddress(), { messages: [] }));
          const isFinal = empty.outcome === "accepted" || empty.outcome === "rejected";
          check(isFinal, "A delivery without messages must be accepted or rejected.", empty);
        }),
    },
    {
      title: "loses no reply because of its files, whether they are readable, removed or temporarily unreadable",
      run: () =>
        harness.withChannel(async (channel) => {
          const good = sampleAttachment("manual.txt", "How to fix a bike");
          const removed = sampleAttachment("removed.txt", "removed", { open: async () => null });
          const unreadable = sampleAttachment("unreadable.txt", "unreadable", {
            open: async () => {
              throw new Error("The storage does not respond");
            },
          });
          const withFiles = (attachments: readonly OutboundAttachment[], text: string) =>
            harness.outbound([sampleMessage(text, { attachments }), sampleMessage("", { attachments })]);
          const result = await deliver(channel, withFiles([good, removed], "With two files, 1003"));
          check(result.outcome === "accepted", "Files must not prevent a reply from being sent.", result);
          const texts = await receivedText(channel);
          check(countOccurrences("With two files, 1003", texts) === 1, "The reply must arrive once.", texts);
          const later = await deliver(channel, withFiles([unreadable], "With a file that is unreadable for now"));
          const notLost = later.outcome === "accepted" || later.outcome === "retry";
          check(notLost, "A temporarily unreadable file must not lose the reply.", later);
        }),
    },
  ];

  if (plugin.supports.idempotentSend) {
    cases.push({
      title: "sends the same message id in every attempt of a delivery, and another in the next delivery",
      run: () =>
        harness.withChannel(async (channel) => {
          const first = harness.outbound(["One reply"]);
          const ids: (string | undefined)[] = [];
          for (const outbound of [first, { ...first, attempt: 2 }, harness.outbound(["One reply"])]) {
            const result = await deliver(channel, outbound);
            check(result.outcome === "accepted", "Every attempt must be accepted.", result);
            ids.push(result.externalIds[0]);
          }
          check(ids[1] === ids[0] && ids[2] !== ids[0], "externalIds must differ by delivery, not by attempt.", ids);
          const arrived = new Set((await channel.vendor.received()).map((message) => message.messageId));
          const same = arrived.size === 2 && arrived.has(ids[0] ?? "") && arrived.has(ids[2] ?? "");
          check(same, "The vendor must receive the ids that externalIds lists.", ids, arrived);
        }),
    });
  }

  for (const behaviour of fixture.behaviours) {
    if (behaviour === "silent-after-content") continue;
    const expected: { readonly outcome: string; readonly code?: string } = expectedResults[behaviour];
    cases.push({
      title: `returns ${expected.outcome} for the vendor's behaviour "${behaviour}"`,
      run: () =>
        harness.withChannel(async (channel) => {
          await channel.vendor.behave(behaviour);
          const result = await deliver(channel, harness.outbound());
          check(result.outcome === expected.outcome, `The outcome must be ${expected.outcome}.`, result);
          if (result.outcome === "accepted") return;
          const { code } = result.failure;
          check(expected.code === undefined || code === expected.code, `The code must be ${expected.code}.`, result);
          const afterMs = result.outcome === "retry" ? result.afterMs : undefined;
          check(afterMs === undefined || afterMs > 0, "afterMs must be above 0 if it is given.", result);
          const health = await channel.connection.checkHealth(new AbortController().signal);
          const agrees = health.ok || behaviour !== "refuses-credentials" || health.failure.code === code;
          check(agrees, "checkHealth must report CREDENTIALS_INVALID, as the delivery did.", health);
          channel.expectNoSecret([health, channel.host.logs]);
        }),
    });
  }

  if (fixture.behaviours.includes("silent-after-content")) {
    cases.push({
      title: "returns uncertain soon after it was aborted while the vendor had the content",
      run: () =>
        harness.withChannel(async (channel) => {
          const { vendor } = channel;
          check(vendor.contentReceived !== undefined, "silent-after-content needs `contentReceived`.");
          await vendor.behave("silent-after-content");
          const abort = new AbortController();
          const delivering = deliver(channel, harness.outbound(), abort.signal);
          const tooEarly = delivering.then((result) => check(false, "It must wait for a response.", result));
          await Promise.race([vendor.contentReceived(), tooEarly]);
          abort.abort();
          tooEarly.catch(() => {});
          const expectation = "deliver must settle soon after its signal was aborted.";
          const result = await settlesWithin(abortGraceMs, expectation, delivering);
          const uncertain = result.outcome === "uncertain" && result.failure.code === "TIMED_OUT";
          check(uncertain, "The result must be uncertain with TIMED_OUT.", result);
        }),
    });
  }
  return cases;
}

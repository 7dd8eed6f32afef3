import type { OutboundAttachment } from "../channel.js";
import { check, countOf, within } from "./check.js";
import { expectedResults } from "./fixture.js";
import { type ContractCase, type ContractStage, deliver, type Setting } from "./harness.js";
import { hostileTexts } from "./hostile-input.js";
import { sampleAttachment, sampleMessage, sampleOutbound } from "./test-host.js";

/** What the core grants after an abort is 2 s. */
const stopWithinMs = 2_000;

/** Beside what only some vendors say. */
const commonFailures = ["refuses-for-now", "unreachable", "drops-after-content", "silent-after-content"] as const;

/** What becomes of deliveries, whatever the counterpart does and whatever people wrote. */
export function sendingCases<Config, Address>(stage: ContractStage<Config, Address>): readonly ContractCase[] {
  const { plugin, fixture } = stage;
  const pending = ["The first reply, 1001", "The second reply, 1002"];
  const textsAt = async ({ counterpart }: Setting<Address>) =>
    (await counterpart.received()).map((message) => message.text).join("\n");

  const cases: ContractCase[] = [
    {
      title: "is tried against a counterpart that fails as every counterpart can",
      run: () =>
        stage.connected(async ({ counterpart }) => {
          // What writes into its own host has nobody who could fail.
          if (Object.keys(counterpart.environment).length === 0) return;
          const missing = commonFailures.filter((behaviour) => !fixture.behaviours.includes(behaviour));
          check(missing.length === 0, "The fixture's `behaviours` must show these.", missing);
        }),
    },
    {
      title: "delivers every pending reply exactly once",
      run: () =>
        stage.connected(async (setting) => {
          const result = await deliver(setting, stage.outbound(pending));
          check(result.outcome === "accepted", "A counterpart that accepts must make it accepted.", result);
          const texts = await textsAt(setting);
          for (const text of pending) check(countOf(text, texts) === 1, `"${text}" must arrive once.`, texts);
        }),
    },
    {
      title: "sends nothing once it is told to stop",
      run: () =>
        stage.connected(async (setting) => {
          const result = await deliver(setting, stage.outbound(), AbortSignal.abort());
          const stopped = result.outcome === "retry" && result.failure.code === "TIMED_OUT";
          check(stopped, "It must be to retry, TIMED_OUT.", result);
          check((await setting.counterpart.received()).length === 0, "Nothing may arrive.");
        }),
    },
    {
      title: "never throws, whatever people wrote and whatever they are called",
      run: () =>
        stage.connected(async (setting) => {
          for (const hostile of hostileTexts) {
            const author = { kind: "agent", name: hostile } as const;
            const result = await deliver(
              setting,
              sampleOutbound(stage.goodAddress(), {
                messages: [sampleMessage(hostile, { role: "context" }), sampleMessage(hostile, { author })],
                visitor: { id: "visitor", name: hostile, locale: hostile, timeZone: hostile },
                company: { name: hostile, locale: hostile },
              }),
            );
            // The counterpart would take it: anything else is the plugin's own failure.
            const settled = result.outcome === "accepted" || result.outcome === "rejected";
            check(settled, "It must be accepted or rejected.", result, hostile.slice(0, 40));
          }
          const empty = await deliver(setting, sampleOutbound(stage.goodAddress(), { messages: [] }));
          const settled = empty.outcome === "accepted" || empty.outcome === "rejected";
          check(settled, "A delivery without messages must be accepted or rejected.", empty);
        }),
    },
    {
      title: "loses no reply over its files: those that can be read, that have gone, and that cannot be read now",
      run: () =>
        stage.connected(async (setting) => {
          const good = sampleAttachment("manual.txt", "How to mend a bike");
          const gone = sampleAttachment("gone.txt", "gone", { open: async () => null });
          const unreadable = sampleAttachment("unreadable.txt", "unreadable", {
            open: async () => {
              throw new Error("The storage does not answer");
            },
          });
          const withFiles = (attachments: readonly OutboundAttachment[], text: string) =>
            stage.outbound([sampleMessage(text, { attachments }), sampleMessage("", { attachments })]);
          const result = await deliver(setting, withFiles([good, gone], "With two files, 1003"));
          check(result.outcome === "accepted", "Files must not keep a reply from being sent.", result);
          const texts = await textsAt(setting);
          check(countOf("With two files, 1003", texts) === 1, "The reply must arrive once.", texts);
          const later = await deliver(setting, withFiles([unreadable], "With a file that may come later"));
          const kept = later.outcome === "accepted" || later.outcome === "retry";
          check(kept, "A file that cannot be read now must not lose the reply.", later);
        }),
    },
  ];

  if (plugin.supports.idempotentSend) {
    cases.push({
      title: "sends the same message id in every attempt of a delivery, and another in the next delivery",
      run: () =>
        stage.connected(async (setting) => {
          const first = stage.outbound(["One reply"]);
          const ids: (string | undefined)[] = [];
          for (const outbound of [first, { ...first, attempt: 2 }, stage.outbound(["One reply"])]) {
            const result = await deliver(setting, outbound);
            check(result.outcome === "accepted", "Every attempt must be accepted.", result);
            ids.push(result.externalIds[0]);
          }
          check(ids[1] === ids[0] && ids[2] !== ids[0], "externalIds must tell deliveries apart, not attempts.", ids);
          const arrived = new Set((await setting.counterpart.received()).map((message) => message.messageId));
          const same = arrived.size === 2 && arrived.has(ids[0] ?? "") && arrived.has(ids[2] ?? "");
          check(same, "The counterpart must see the ids that externalIds names.", ids, arrived);
        }),
    });
  }

  for (const behaviour of fixture.behaviours) {
    if (behaviour === "silent-after-content") continue;
    const expected: { readonly outcome: string; readonly code?: string } = expectedResults[behaviour];
    cases.push({
      title: `answers ${expected.outcome} when its counterpart ${behaviour}`,
      run: () =>
        stage.connected(async (setting) => {
          await setting.counterpart.behave(behaviour);
          const result = await deliver(setting, stage.outbound());
          check(result.outcome === expected.outcome, `The outcome must be ${expected.outcome}.`, result);
          if (result.outcome === "accepted") return;
          const { code } = result.failure;
          check(expected.code === undefined || code === expected.code, `The code must be ${expected.code}.`, result);
          const afterMs = result.outcome === "retry" ? result.afterMs : undefined;
          check(afterMs === undefined || afterMs > 0, "afterMs must be above 0 where it is given.", result);
          const health = await setting.connection.checkHealth(new AbortController().signal);
          const pausing = health.ok || behaviour !== "refuses-credentials" || health.failure.code === code;
          check(pausing, "checkHealth must say CREDENTIALS_INVALID, as the delivery did.", health);
          setting.expectNoSecret([health, setting.host.logs]);
        }),
    });
  }

  if (fixture.behaviours.includes("silent-after-content")) {
    cases.push({
      title: "answers uncertain, and soon, when it is stopped after the content was taken",
      run: () =>
        stage.connected(async (setting) => {
          const { counterpart } = setting;
          check(counterpart.heard !== undefined, "silent-after-content needs `heard`.");
          await counterpart.behave("silent-after-content");
          const stop = new AbortController();
          const delivering = deliver(setting, stage.outbound(), stop.signal);
          const early = delivering.then((result) => check(false, "It must wait for an answer.", result));
          await Promise.race([counterpart.heard(), early]);
          stop.abort();
          early.catch(() => {});
          const result = await within(stopWithinMs, "deliver must end soon after its signal aborted.", delivering);
          const uncertain = result.outcome === "uncertain" && result.failure.code === "TIMED_OUT";
          check(uncertain, "It must be uncertain, TIMED_OUT.", result);
        }),
    });
  }
  return cases;
}

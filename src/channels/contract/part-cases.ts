import type { Json } from "../../json.js";
import type { Outbound } from "../channel.js";
import { check, countOccurrences } from "./check.js";
import { type ConnectedChannel, type ContractCase, type ContractHarness, deliver } from "./harness.js";

/** Graphemes, each of several code points: a family, a flag, a letter with two marks. */
const graphemes = ["👩‍👩‍👧‍👦", "🇵🇹", "e\u0301\u0323"];
/** The length of each word of `numberedWords`, its space included. */
const wordLength = 7;

/** Long texts, deliveries that need several requests, and what a retry sends. */
export function partCases<Config, Address>(harness: ContractHarness<Config, Address>): readonly ContractCase[] {
  const { maxTextLength } = harness.plugin.supports;
  const longTexts = maxTextLength === null ? [] : [numberedWords(Math.ceil((2.5 * maxTextLength) / wordLength))];
  const texts = maxTextLength === null ? ["Reply 1001", "Reply 1002", "Reply 1003"] : longTexts;
  return [
    maxTextLength === null
      ? {
          title: "delivers a long text completely, since it declares no limit",
          run: () => harness.withChannel((channel) => expectComplete(harness, channel, numberedWords(1_500), null)),
        }
      : {
          title: `splits texts over ${maxTextLength} characters, keeping everything in order`,
          run: () =>
            harness.withChannel((channel) => expectComplete(harness, channel, longTexts[0] ?? "", maxTextLength)),
        },
    ...(maxTextLength === null
      ? []
      : graphemes.map((grapheme) => ({
          title: `never splits a grapheme: ${grapheme}`,
          run: () => harness.withChannel((channel) => expectGraphemes(harness, channel, grapheme, maxTextLength)),
        }))),
    {
      title: "commits its progress before each further request, and a retry sends only what is missing",
      run: () =>
        harness.withChannel(async (channel) => {
          const abort = new AbortController();
          const saved: Json[] = [];
          const outbound = { ...harness.outbound(texts), saveProgress: saveInto(saved, () => abort.abort()) };
          const first = await deliver(channel, outbound, abort.signal);
          const arrived = (await channel.vendor.received()).length;
          if (saved.length === 0) {
            const singleRequest = first.outcome === "accepted" && arrived <= 1;
            check(singleRequest, "Between several requests, saveProgress must be called.", first, arrived);
            return;
          }
          check(first.outcome === "retry", "A delivery that was aborted between two requests must be retried.", first);
          check(arrived === 1, "Nothing may be sent after the signal was aborted.", arrived);
          await expectRest(channel, { ...outbound, saveProgress: saveInto([]) }, saved[0] ?? null, texts);
        }),
    },
    {
      title: "stops sending when its progress cannot be stored, and returns uncertain",
      run: () =>
        harness.withChannel(async (channel) => {
          let called = false;
          const saveProgress = async () => {
            called = true;
            throw new Error("The database is unavailable");
          };
          // An exception counts as uncertain.
          const outcome = await deliver(channel, { ...harness.outbound(texts), saveProgress }).then(
            (result) => result.outcome,
            (error: unknown) => (isAssertion(error) ? Promise.reject(error) : "uncertain"),
          );
          if (!called) return;
          check(outcome === "uncertain", "Something was sent and the progress is unknown: uncertain.", outcome);
          const arrived = await channel.vendor.received();
          check(arrived.length === 1, "Nothing more may be sent before the progress is stored.", arrived.length);
        }),
    },
    ...(harness.fixture.behaviours.includes("refuses-for-now")
      ? [
          {
            title: "sends the rest later if its vendor accepts the first request and refuses the next for now",
            run: () =>
              harness.withChannel(async (channel) => {
                const { vendor } = channel;
                const saved: Json[] = [];
                const refuse = () => vendor.behave("refuses-for-now");
                const outbound = { ...harness.outbound(texts), saveProgress: saveInto(saved, refuse) };
                const first = await deliver(channel, outbound);
                if (saved.length === 0) return;
                check(first.outcome === "retry", "A temporary refusal must be retried.", first);
                await vendor.behave("accepts");
                await expectRest(channel, { ...outbound, saveProgress: saveInto([]) }, saved.at(-1) ?? null, texts);
              }),
          },
        ]
      : []),
  ];
}

/** "w10000 w10001 …": shows whether anything was lost, repeated or moved. */
function numberedWords(count: number): string {
  return Array.from({ length: count }, (_, index) => `w${10_000 + index}`).join(" ");
}

/** Collects what is saved, and runs `afterFirst` after the first save. */
function saveInto(saved: Json[], afterFirst: () => void | Promise<void> = () => {}): Outbound["saveProgress"] {
  return async (progress) => {
    saved.push(JSON.parse(JSON.stringify(progress)));
    if (saved.length === 1) await afterFirst();
  };
}

async function expectComplete<Config, Address>(
  harness: ContractHarness<Config, Address>,
  channel: ConnectedChannel<Address>,
  text: string,
  maxTextLength: number | null,
): Promise<void> {
  const result = await deliver(channel, harness.outbound([text]));
  check(result.outcome === "accepted", "A long text must be accepted.", result);
  const received = await channel.vendor.received();
  const arrived = received.map((message) => message.text).join("");
  const words = arrived.match(/w\d{5}/g) ?? [];
  check(words.join(" ") === text, "Every word must arrive once, in order.", `${words.length} words`, arrived.length);
  for (const { text: part } of received) {
    const fits = maxTextLength === null || part.length <= maxTextLength;
    check(fits, `No part may have more than ${maxTextLength} characters.`, part.length);
  }
  const listed = received.every(({ messageId }) => messageId === null || result.externalIds.includes(messageId));
  const counts = [result.externalIds.length, received.length];
  check(listed, "externalIds must list every part, since receipts refer to them.", ...counts);
}

async function expectGraphemes<Config, Address>(
  harness: ContractHarness<Config, Address>,
  channel: ConnectedChannel<Address>,
  grapheme: string,
  maxTextLength: number,
): Promise<void> {
  // At two different offsets, so that a split by length would cut a grapheme in at least one of them.
  const samples = [0, 1].map((offset) => {
    const count = Math.ceil((1.5 * maxTextLength) / grapheme.length);
    return { count, text: "x".repeat(offset) + grapheme.repeat(count) };
  });
  for (const { count, text } of samples) {
    const before = (await channel.vendor.received()).length;
    const result = await deliver(channel, harness.outbound([text]));
    check(result.outcome === "accepted", "A text of such characters must be accepted.", result);
    const parts = (await channel.vendor.received()).slice(before).map((message) => message.text);
    const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
    const intact = parts.flatMap((part) => [...segmenter.segment(part)]).filter(({ segment }) => segment === grapheme);
    check(intact.length === count, `All ${count} graphemes must arrive intact.`, intact.length);
    for (const part of parts) check(part.length <= maxTextLength, "No part may be too long.", part.length);
  }
}

async function expectRest<Address>(
  channel: ConnectedChannel<Address>,
  outbound: Outbound<Address>,
  progress: Json,
  texts: readonly string[],
): Promise<void> {
  const second = await deliver(channel, { ...outbound, attempt: 2, progress });
  check(second.outcome === "accepted", "The second attempt must be accepted.", second);
  const received = await channel.vendor.received();
  const arrived = received.map((message) => message.text).join("\n");
  for (const piece of texts.flatMap((text) => text.match(/w\d{5}/g) ?? [text])) {
    const count = countOccurrences(piece, arrived);
    check(count === 1, `"${piece}" must arrive exactly once across both attempts.`, count);
  }
  const listed = received.every(({ messageId }) => messageId === null || second.externalIds.includes(messageId));
  const counts = [second.externalIds.length, received.length];
  check(listed, "externalIds must also list what the first attempt sent.", ...counts);
}

function isAssertion(error: unknown): boolean {
  return error instanceof Error && error.name === "AssertionError";
}

import type { Json } from "../../json.js";
import type { Outbound } from "../channel.js";
import { check, countOf } from "./check.js";
import { type ContractCase, type ContractStage, deliver, type Setting } from "./harness.js";

/** What a reader sees as one character: a family, a flag, a letter with two marks. */
const clusters = ["👩‍👩‍👧‍👦", "🇵🇹", "e\u0301\u0323"];
/** A word of seven characters with its space. */
const wordLength = 7;

/** Long texts, several requests in one delivery, and what a retry sends. */
export function partCases<Config, Address>(stage: ContractStage<Config, Address>): readonly ContractCase[] {
  const { maxTextLength } = stage.plugin.supports;
  const longTexts = maxTextLength === null ? [] : [wordsOf(Math.ceil((2.5 * maxTextLength) / wordLength))];
  const texts = maxTextLength === null ? ["Reply 1001", "Reply 1002", "Reply 1003"] : longTexts;
  return [
    maxTextLength === null
      ? {
          title: "brings a long text whole, since it declares no limit",
          run: () => stage.connected((setting) => expectWhole(stage, setting, wordsOf(1_500), null)),
        }
      : {
          title: `splits what is longer than ${maxTextLength} characters, loses nothing and keeps the order`,
          run: () => stage.connected((setting) => expectWhole(stage, setting, longTexts[0] ?? "", maxTextLength)),
        },
    ...(maxTextLength === null
      ? []
      : clusters.map((cluster) => ({
          title: `never splits within what is one character to its reader: ${cluster}`,
          run: () => stage.connected((setting) => expectClusters(stage, setting, cluster, maxTextLength)),
        }))),
    {
      title: "commits how far it came before each further request, and a retry sends only what is missing",
      run: () =>
        stage.connected(async (setting) => {
          const stop = new AbortController();
          const saved: Json[] = [];
          const outbound = { ...stage.outbound(texts), saveProgress: saving(saved, () => stop.abort()) };
          const first = await deliver(setting, outbound, stop.signal);
          const arrived = (await setting.counterpart.received()).length;
          if (saved.length === 0) {
            const whole = first.outcome === "accepted" && arrived <= 1;
            check(whole, "What needs several requests must call saveProgress between them.", first, arrived);
            return;
          }
          check(first.outcome === "retry", "Stopped between two requests, it must be to retry.", first);
          check(arrived === 1, "Once it is told to stop, nothing more may be sent.", arrived);
          await expectRest(setting, { ...outbound, saveProgress: saving([]) }, saved[0] ?? null, texts);
        }),
    },
    {
      title: "sends no more while it cannot commit how far it came, and claims nothing",
      run: () =>
        stage.connected(async (setting) => {
          let asked = false;
          const saveProgress = async () => {
            asked = true;
            throw new Error("The database is away");
          };
          // A throw counts as uncertain.
          const outcome = await deliver(setting, { ...stage.outbound(texts), saveProgress }).then(
            (result) => result.outcome,
            (error: unknown) => (isAssertion(error) ? Promise.reject(error) : "uncertain"),
          );
          if (!asked) return;
          check(outcome === "uncertain", "It may have been sent, and nobody knows how far: uncertain.", outcome);
          const arrived = await setting.counterpart.received();
          check(arrived.length === 1, "Nothing may follow before how far it came is committed.", arrived.length);
        }),
    },
    ...(stage.fixture.behaviours.includes("refuses-for-now")
      ? [
          {
            title: "sends the rest later when its counterpart takes the first request and refuses the next for now",
            run: () =>
              stage.connected(async (setting) => {
                const { counterpart } = setting;
                const saved: Json[] = [];
                const refuse = () => counterpart.behave("refuses-for-now");
                const outbound = { ...stage.outbound(texts), saveProgress: saving(saved, refuse) };
                const first = await deliver(setting, outbound);
                if (saved.length === 0) return;
                check(first.outcome === "retry", "Refused for now, it must be to retry.", first);
                await counterpart.behave("accepts");
                await expectRest(setting, { ...outbound, saveProgress: saving([]) }, saved.at(-1) ?? null, texts);
              }),
          },
        ]
      : []),
  ];
}

/** "w10000 w10001 …": each once, in this order, or something was lost, repeated or moved. */
function wordsOf(count: number): string {
  return Array.from({ length: count }, (_, index) => `w${10_000 + index}`).join(" ");
}

function saving(saved: Json[], after: () => void | Promise<void> = () => {}): Outbound["saveProgress"] {
  return async (progress) => {
    saved.push(JSON.parse(JSON.stringify(progress)));
    if (saved.length === 1) await after();
  };
}

async function expectWhole<Config, Address>(
  stage: ContractStage<Config, Address>,
  setting: Setting<Address>,
  text: string,
  maxTextLength: number | null,
): Promise<void> {
  const result = await deliver(setting, stage.outbound([text]));
  check(result.outcome === "accepted", "A long text must be accepted.", result);
  const received = await setting.counterpart.received();
  const arrived = received.map((message) => message.text).join("");
  const words = arrived.match(/w\d{5}/g) ?? [];
  check(words.join(" ") === text, "Every word must arrive once, in order.", `${words.length} words`, arrived.length);
  for (const { text: part } of received) {
    const fits = maxTextLength === null || part.length <= maxTextLength;
    check(fits, `No part may have more than ${maxTextLength} characters.`, part.length);
  }
  const named = received.every(({ messageId }) => messageId === null || result.externalIds.includes(messageId));
  check(named, "externalIds must name every part: receipts point at them.", result.externalIds.length, received.length);
}

async function expectClusters<Config, Address>(
  stage: ContractStage<Config, Address>,
  setting: Setting<Address>,
  cluster: string,
  maxTextLength: number,
): Promise<void> {
  // Not a multiple of anything, so that some cut would fall within a cluster.
  const counts = [0, 1].map((shift) => {
    const count = Math.ceil((1.5 * maxTextLength) / cluster.length);
    return { count, text: "x".repeat(shift) + cluster.repeat(count) };
  });
  for (const { count, text } of counts) {
    const before = (await setting.counterpart.received()).length;
    const result = await deliver(setting, stage.outbound([text]));
    check(result.outcome === "accepted", "A text of such characters must be accepted.", result);
    const parts = (await setting.counterpart.received()).slice(before).map((message) => message.text);
    const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
    const whole = parts.flatMap((part) => [...graphemes.segment(part)]).filter(({ segment }) => segment === cluster);
    check(whole.length === count, `All ${count} characters must arrive whole.`, whole.length);
    for (const part of parts) check(part.length <= maxTextLength, "No part may be too long.", part.length);
  }
}

async function expectRest<Address>(
  setting: Setting<Address>,
  outbound: Outbound<Address>,
  progress: Json,
  texts: readonly string[],
): Promise<void> {
  const second = await deliver(setting, { ...outbound, attempt: 2, progress });
  check(second.outcome === "accepted", "The second attempt must be accepted.", second);
  const received = await setting.counterpart.received();
  const arrived = received.map((message) => message.text).join("\n");
  for (const piece of texts.flatMap((text) => text.match(/w\d{5}/g) ?? [text])) {
    check(countOf(piece, arrived) === 1, `"${piece}" must arrive once over both attempts.`, countOf(piece, arrived));
  }
  const named = received.every(({ messageId }) => messageId === null || second.externalIds.includes(messageId));
  check(named, "externalIds must name what the first attempt sent, too.", second.externalIds.length, received.length);
}

function isAssertion(error: unknown): boolean {
  return error instanceof Error && error.name === "AssertionError";
}

import type { Interpretation, KeptOriginal } from "afterchat/channel";
import { fetchFile } from "./fetch-file.js";
import { fetchProfile } from "./fetch-profile.js";
import { type FetchTask, fetchTask } from "./fetch-task.js";
import type { WebhookOptions } from "./webhook-options.js";

/** After as many, a quarter of an hour later, the message says that its file could not be had: Meta's links end. */
const maxAttempts = 4;

/** Carries out what was kept to be fetched. Throws when trying again may help: then the core does, with growing pauses. */
export function fetchTaskInterpreter(
  options: WebhookOptions,
): (original: KeptOriginal, signal: AbortSignal) => Promise<Interpretation> {
  return async ({ key, content, attempt, receivedAt }, signal) => {
    const order = readOrder(content);
    if (order === null)
      return { outcome: "dropped", reason: "UNREADABLE", detail: "It is no order of this channel's." };
    switch (order.order) {
      case "file":
        return attach(order, attempt, receivedAt, await fetchFile(order, options.fileOrigins, signal));
      case "profile":
        return introduce(order, key, attempt, receivedAt, await fetchProfile(options, order.id, signal));
    }
  };
}

type Order<Kind extends FetchTask["order"]> = Extract<FetchTask, { order: Kind }>;

function attach(
  { messageId, index, kind }: Order<"file">,
  attempt: number,
  at: Date,
  fetched: Awaited<ReturnType<typeof fetchFile>>,
): Interpretation {
  if (fetched.outcome === "again" && attempt < maxAttempts) throw new Error(fetched.why);
  const externalId = `${messageId}#file:${index}`;
  const event = { type: "attached", externalId, at, messageId } as const;
  if (fetched.outcome === "fetched") return { outcome: "events", events: [{ ...event, attachments: [fetched.file] }] };
  return { outcome: "events", events: [{ ...event, attachments: [], missing: [{ name: kind, why: fetched.why }] }] };
}

function introduce(
  { id, account }: Order<"profile">,
  key: string,
  attempt: number,
  at: Date,
  fetched: Awaited<ReturnType<typeof fetchProfile>>,
): Interpretation {
  if (fetched.outcome === "again" && attempt < maxAttempts) throw new Error(fetched.why);
  if (fetched.outcome !== "fetched") return { outcome: "dropped", reason: "REPORT", detail: fetched.why };
  const { name, locale } = fetched;
  const address = { id, account };
  return {
    outcome: "events",
    events: [
      {
        type: "profile",
        externalId: key,
        at,
        address,
        ...(name === null ? {} : { name, addressNow: { ...address, name } }),
        ...(locale === null ? {} : { locale }),
      },
    ],
  };
}

function readOrder(content: Uint8Array): FetchTask | null {
  try {
    return fetchTask.safeParse(JSON.parse(Buffer.from(content).toString("utf8"))).data ?? null;
  } catch {
    // Not JSON.
    return null;
  }
}

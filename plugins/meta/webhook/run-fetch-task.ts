import type { Interpretation, KeptOriginal } from "afterchat/channel";
import { fetchFile } from "./fetch-file.js";
import { fetchProfile } from "./fetch-profile.js";
import { type FetchTask, fetchTask } from "./fetch-task.js";
import type { WebhookOptions } from "./webhook-options.js";

/**
 * After this many attempts, within a quarter of an hour, the message says that its file is missing: Meta's links
 * expire.
 */
const maxAttempts = 4;

/** Runs stored fetch tasks. Throws if a retry may help; Afterchat then retries with growing delays. */
export function fetchTaskInterpreter(
  options: WebhookOptions,
): (original: KeptOriginal, signal: AbortSignal) => Promise<Interpretation> {
  return async ({ key, content, attempt, receivedAt }, signal) => {
    const task = parseTask(content);
    if (task === null)
      return { outcome: "dropped", reason: "UNREADABLE", detail: "It is not a fetch task of this channel." };
    switch (task.task) {
      case "file":
        return toAttachedEvent(task, attempt, receivedAt, await fetchFile(task, options.fileOrigins, signal));
      case "profile":
        return toProfileEvent(task, key, attempt, receivedAt, await fetchProfile(options, task.id, signal));
    }
  };
}

type Task<Kind extends FetchTask["task"]> = Extract<FetchTask, { task: Kind }>;

function toAttachedEvent(
  { messageId, index, kind }: Task<"file">,
  attempt: number,
  at: Date,
  fetched: Awaited<ReturnType<typeof fetchFile>>,
): Interpretation {
  if (fetched.outcome === "retry" && attempt < maxAttempts) throw new Error(fetched.why);
  const externalId = `${messageId}#file:${index}`;
  const event = { type: "attached", externalId, at, messageId } as const;
  if (fetched.outcome === "fetched") return { outcome: "events", events: [{ ...event, attachments: [fetched.file] }] };
  return { outcome: "events", events: [{ ...event, attachments: [], missing: [{ name: kind, why: fetched.why }] }] };
}

function toProfileEvent(
  { id, account }: Task<"profile">,
  key: string,
  attempt: number,
  at: Date,
  fetched: Awaited<ReturnType<typeof fetchProfile>>,
): Interpretation {
  if (fetched.outcome === "retry" && attempt < maxAttempts) throw new Error(fetched.why);
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

function parseTask(content: Uint8Array): FetchTask | null {
  try {
    return fetchTask.safeParse(JSON.parse(Buffer.from(content).toString("utf8"))).data ?? null;
  } catch {
    // Not JSON.
    return null;
  }
}

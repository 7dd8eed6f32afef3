import { type Answered, type Json, type Refusal, requestJson } from "afterchat/channel";
import { z } from "zod";
import { classifyError } from "./classify-error.js";
import type { TelegramConfig } from "./settings.js";

/** Every answer has this shape: https://core.telegram.org/bots/api#making-requests */
const answerShape = z.object({
  ok: z.boolean(),
  result: z.unknown().optional(),
  error_code: z.number().optional(),
  description: z.string().optional(),
  parameters: z.object({ retry_after: z.number().optional() }).optional().catch(undefined),
});

export type BotAnswer = { readonly outcome: "done"; readonly result: unknown } | Refusal;

export interface BotApi {
  call(method: string, body: Json, signal: AbortSignal): Promise<BotAnswer>;
  /** Downloads what getFile found, 20 MB at most. The URL holds the token: it is given to nobody. */
  download(filePath: string, signal: AbortSignal): Promise<Uint8Array>;
}

/** The largest file that a bot may download: https://core.telegram.org/bots/api#getfile */
export const maxFileBytes = 20 * 1_048_576;

export function botApi({ token, apiUrl }: TelegramConfig): BotApi {
  return {
    async call(method, body, signal) {
      const url = new URL(`${apiUrl}/bot${token}/${method}`);
      const answer = await requestJson({ url, body, signal, secrets: [token] });
      return answer.outcome === "answered" ? readAnswer(answer) : answer;
    },
    async download(filePath, signal) {
      const path = filePath.split("/").map(encodeURIComponent).join("/");
      const response = await fetch(`${apiUrl}/file/bot${token}/${path}`, { redirect: "error", signal });
      const declaredBytes = Number(response.headers.get("content-length") ?? 0);
      if (!response.ok || declaredBytes > maxFileBytes) {
        await response.body?.cancel();
        throw new Error(response.ok ? "the file is too large" : `Telegram answered ${response.status}`);
      }
      const content = new Uint8Array(await response.arrayBuffer());
      if (content.byteLength > maxFileBytes) throw new Error("the file is too large");
      return content;
    },
  };
}

function readAnswer({ status, body, headers }: Answered): BotAnswer {
  const parsed = answerShape.safeParse(body);
  if (parsed.success && parsed.data.ok) return { outcome: "done", result: parsed.data.result };
  const { error_code, description, parameters } = parsed.data ?? {};
  // A proxy before Telegram says no more than its status.
  const retryAfterSeconds = parameters?.retry_after ?? (Number(headers.get("retry-after")) || undefined);
  return classifyError({ status: error_code ?? status, description: description ?? "", retryAfterSeconds });
}

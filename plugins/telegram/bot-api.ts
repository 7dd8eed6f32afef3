import { type Answered, type Json, type Refusal, requestJson } from "afterchat/channel";
import { z } from "zod";
import { classifyError } from "./classify-error.js";
import type { TelegramConfig } from "./settings.js";

/** The shape of every response: https://core.telegram.org/bots/api#making-requests */
const responseShape = z.object({
  ok: z.boolean(),
  result: z.unknown().optional(),
  error_code: z.number().optional(),
  description: z.string().optional(),
  parameters: z.object({ retry_after: z.number().optional() }).optional().catch(undefined),
});

export type BotResult = { readonly outcome: "done"; readonly result: unknown } | Refusal;

export interface BotApi {
  call(method: string, body: Json, signal: AbortSignal): Promise<BotResult>;
  /** Downloads a file that getFile returned, of at most 20 MB. Its URL contains the token and must not be exposed. */
  download(filePath: string, signal: AbortSignal): Promise<Uint8Array>;
}

/** The largest file that a bot may download: https://core.telegram.org/bots/api#getfile */
export const maxFileBytes = 20 * 1_048_576;

export function botApi({ token, apiUrl }: TelegramConfig): BotApi {
  return {
    async call(method, body, signal) {
      const url = new URL(`${apiUrl}/bot${token}/${method}`);
      const response = await requestJson({ url, body, signal, secrets: [token] });
      return response.outcome === "answered" ? parseResponse(response) : response;
    },
    async download(filePath, signal) {
      const path = filePath.split("/").map(encodeURIComponent).join("/");
      const response = await fetch(`${apiUrl}/file/bot${token}/${path}`, { redirect: "error", signal });
      const declaredBytes = Number(response.headers.get("content-length") ?? 0);
      if (!response.ok || declaredBytes > maxFileBytes) {
        await response.body?.cancel();
        throw new Error(response.ok ? "the file is too large" : `Telegram responded with HTTP ${response.status}`);
      }
      const content = new Uint8Array(await response.arrayBuffer());
      if (content.byteLength > maxFileBytes) throw new Error("the file is too large");
      return content;
    },
  };
}

function parseResponse({ status, body, headers }: Answered): BotResult {
  const parsed = responseShape.safeParse(body);
  if (parsed.success && parsed.data.ok) return { outcome: "done", result: parsed.data.result };
  const { error_code, description, parameters } = parsed.data ?? {};
  // A proxy in front of Telegram gives no more than a status.
  const retryAfterSeconds = parameters?.retry_after ?? (Number(headers.get("retry-after")) || undefined);
  return classifyError({ status: error_code ?? status, description: description ?? "", retryAfterSeconds });
}

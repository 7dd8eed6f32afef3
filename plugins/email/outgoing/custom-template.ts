import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Logger } from "afterchat/channel";
import { z } from "zod";
import { markerName } from "../reply/marker.js";
import type { EmailTemplate, MailBody, MailContent } from "../template/template-contract.js";
import { MAX_HTML_BYTES } from "./fit-content.js";
import type { WrittenMail } from "./render-mail.js";

/** Makes a mail's body of what the built-in template has made; that one, when an operator's own fails. */
export type Renderer = (written: WrittenMail, deliveryId: string) => Promise<MailBody>;

const filled = z.string().refine((text) => text.trim() !== "", "must not be empty");
const mailBody = z.object({
  subject: filled.transform((subject) => subject.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim()),
  html: filled.refine(
    (html) => Buffer.byteLength(html) <= MAX_HTML_BYTES,
    `must have at most ${MAX_HTML_BYTES} bytes: Gmail cuts off more`,
  ),
  text: filled,
});
const templateModule = z.object({
  default: z.custom<EmailTemplate>((template) => typeof template === "function", "must be a function"),
});

/**
 * The file that EMAIL_TEMPLATE names: a path from the working directory, or a package.
 * @throws {Error} that says what to write instead
 */
export function resolveTemplate(setting: string): string {
  const base = process.cwd();
  if (setting.startsWith(".") || isAbsolute(setting)) {
    const path = resolve(base, setting);
    if (existsSync(path)) return path;
    throw new Error(`names no file (looked for ${path}): paths begin at ${base}`);
  }
  try {
    return createRequire(join(base, "afterchat.js")).resolve(setting);
  } catch {
    throw new Error(`is no package installed in ${base}: install it, or write a path that begins with ./`);
  }
}

/** @param file by `resolveTemplate`; `null`: the built-in template */
export async function createRenderer(file: string | null, logger: Logger): Promise<Renderer> {
  if (file === null) return async (written) => written;
  const template = await loadTemplate(file, logger);
  if (template === null) return async (written) => written;
  return async (written, deliveryId) => {
    try {
      // A copy: whatever the template does to it, the built-in one's mail stays as it is.
      const body = mailBody.parse(await template(structuredClone(written.content)));
      return withMarker(body, written.content);
    } catch (error) {
      logger.error("The template of EMAIL_TEMPLATE failed: the built-in one is used", { deliveryId, error });
      return written;
    }
  };
}

async function loadTemplate(file: string, logger: Logger): Promise<EmailTemplate | null> {
  try {
    return templateModule.parse(await import(pathToFileURL(file).href)).default;
  } catch (error) {
    logger.error("The module of EMAIL_TEMPLATE cannot be used: the built-in template is", { file, error });
    return null;
  }
}

/** The line above which an answer is read, and the element by which a quote of the mail is cut off. */
function withMarker(body: MailBody, { marker, direction }: MailContent): MailBody {
  if (marker === null) return body;
  const line = `<p dir="${direction}" style="text-align:center;font-size:12px">${marker}</p>`;
  const open = `<div id="${markerName}" class="${markerName}">${body.html.includes(marker) ? "" : line}`;
  const html = /<body\b[^>]*>/i.test(body.html)
    ? body.html
        .replace(/<body\b[^>]*>/i, (tag) => `${tag}${open}`)
        .replace(/(?:<\/body\s*>[\s\S]*)?$/i, (end) => `</div>${end}`)
    : `${open}${body.html}</div>`;
  return { ...body, html, text: body.text.includes(marker) ? body.text : `${marker}\n\n${body.text}` };
}

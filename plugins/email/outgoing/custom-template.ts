import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Logger } from "afterchat/channel";
import { z } from "zod";
import { markerName } from "../reply/marker.js";
import type { EmailTemplate, MailBody, MailContent } from "../template/template-contract.js";
import { MAX_HTML_BYTES } from "./fit-content.js";
import type { RenderedMail } from "./render-mail.js";

/** Renders an email's body with the template in use; falls back to what the built-in template rendered. */
export type Renderer = (rendered: RenderedMail, deliveryId: string) => Promise<MailBody>;

const nonEmpty = z.string().refine((text) => text.trim() !== "", "must not be empty");
const mailBody = z.object({
  subject: nonEmpty.transform((subject) => subject.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim()),
  html: nonEmpty.refine(
    (html) => Buffer.byteLength(html) <= MAX_HTML_BYTES,
    `must have at most ${MAX_HTML_BYTES} bytes: Gmail clips longer emails`,
  ),
  text: nonEmpty,
});
const templateModule = z.object({
  default: z.custom<EmailTemplate>((template) => typeof template === "function", "must be a function"),
});

/**
 * The file that EMAIL_TEMPLATE names: a path relative to the working directory, or a package.
 * @throws {Error} whose message says what to set instead
 */
export function resolveTemplate(setting: string): string {
  const base = process.cwd();
  if (setting.startsWith(".") || isAbsolute(setting)) {
    const path = resolve(base, setting);
    if (existsSync(path)) return path;
    throw new Error(`names a file that does not exist (${path}): relative paths start at ${base}`);
  }
  try {
    return createRequire(join(base, "afterchat.js")).resolve(setting);
  } catch {
    throw new Error(`is not a package installed in ${base}: install it, or use a path that begins with ./`);
  }
}

/** @param file from `resolveTemplate`; `null`: the built-in template */
export async function createRenderer(file: string | null, logger: Logger): Promise<Renderer> {
  const template = file === null ? null : await loadTemplate(file, logger);
  if (template === null) return async (rendered) => rendered;
  return async (rendered, deliveryId) => {
    try {
      // A copy, so that the template cannot change the email that the built-in one rendered.
      const body = mailBody.parse(await template(structuredClone(rendered.content)));
      return addMarker(body, rendered.content);
    } catch (error) {
      logger.error("The template of EMAIL_TEMPLATE failed: the built-in one is used", { deliveryId, error });
      return rendered;
    }
  };
}

async function loadTemplate(file: string, logger: Logger): Promise<EmailTemplate | null> {
  try {
    return templateModule.parse(await import(pathToFileURL(file).href)).default;
  } catch (error) {
    logger.error("EMAIL_TEMPLATE could not be loaded: the built-in template is used", { file, error });
    return null;
  }
}

/** Adds the line above which answers are read, and the element by which quotes of the email are recognised. */
function addMarker(body: MailBody, { marker, direction }: MailContent): MailBody {
  if (marker === null) return body;
  const line = `<p dir="${direction}" style="text-align:center;font-size:12px">${marker}</p>`;
  const open = `<div id="${markerName}" class="${markerName}">${body.html.includes(marker) ? "" : line}`;
  const start = startOfBody(body.html);
  const end = endOfBody(body.html, start);
  const html = `${body.html.slice(0, start)}${open}${body.html.slice(start, end)}</div>${body.html.slice(end)}`;
  return { ...body, html, text: body.text.includes(marker) ? body.text : `${marker}\n\n${body.text}` };
}

/** Behind the body's start tag; 0 without one. */
function startOfBody(html: string): number {
  const tag = html.search(/<body\b/i);
  return tag === -1 ? 0 : html.indexOf(">", tag) + 1;
}

/** Before the body's end tag; the end of the text without one. */
function endOfBody(html: string, start: number): number {
  const tag = start === 0 ? -1 : html.slice(start).search(/<\/body\s*>/i);
  return tag === -1 ? html.length : start + tag;
}

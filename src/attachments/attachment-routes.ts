import { STATUS_CODES } from "node:http";
import multipart, { type Multipart } from "@fastify/multipart";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GraphQLError } from "graphql";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";
import { authenticate } from "../sessions/authenticate.js";
import { readBearerToken } from "../tokens/bearer-token.js";
import type { Viewer } from "../viewer.js";
import type { SentAttachment } from "./attachment.entity.js";
import { attachmentsPath } from "./attachment-url.js";
import { contentDisposition } from "./content-disposition.js";
import { HttpError } from "./http-error.js";
import { openDownload } from "./open-download.js";
import { maxFileBytes, tooLarge } from "./receive-file.js";
import { type ReceivedUpload, receiveUpload } from "./receive-upload.js";
import type { LockUploader } from "./reserve-upload.js";

/** Allowance for multipart boundaries, headers and other fields around the file. */
const envelopeBytes = 65_536;
/** How long the rest of a rejected upload is read, so that the client can receive the response. */
const drainMs = 10_000;

/** `POST /attachments` uploads a file, `GET /attachments/:token` downloads it by its signed URL. */
export function registerAttachmentRoutes(
  fastify: FastifyInstance,
  services: Services,
  lockUploader: LockUploader,
): void {
  void fastify.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    await scope.register(multipart, {
      throwFileSizeLimit: false,
      limits: { fileSize: maxFileBytes, files: 2, fields: 10, fieldSize: 4_096, parts: 12, headerPairs: 100 },
    });
    // Other content types are not parsed: authentication comes first, and then they are rejected.
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.setErrorHandler((error, request, reply) => sendError(services, error, request, reply));
    scope.addHook("onRequest", async (_request, reply) => {
      // As for /graphql: the widget may be embedded in any website, and requests are authenticated by token.
      reply.header("access-control-allow-origin", "*");
    });
    scope.options(attachmentsPath, async (_request, reply) =>
      reply
        .headers({
          "access-control-allow-methods": "POST",
          "access-control-allow-headers": "authorization, content-type",
          "access-control-max-age": "7200",
        })
        .code(204)
        .send(),
    );
    scope.post(attachmentsPath, async (request, reply) => {
      const uploader = await requireUploader(services, request);
      const attachment = await upload(services, lockUploader, uploader, request);
      return reply.code(201).send(attachment);
    });
    scope.get<{ Params: { token: string } }>(`${attachmentsPath}/:token`, async (request, reply) => {
      const { attachment, content } = await openDownload(services, request.params.token);
      return reply
        .headers({
          "content-type": attachment.contentType,
          "content-length": attachment.sizeBytes,
          // Always saved, never rendered in this origin: not by a browser that sniffs types, nor in a frame.
          "content-disposition": contentDisposition(attachment.name),
          "content-security-policy": "sandbox; default-src 'none'",
          "x-content-type-options": "nosniff",
          "referrer-policy": "no-referrer",
          "cache-control": "private, max-age=3600",
        })
        .send(content);
    });
  });
}

async function requireUploader(services: Services, request: FastifyRequest): Promise<Viewer> {
  let viewer: Viewer | null;
  try {
    viewer = await authenticate(services, readBearerToken(request.headers.authorization));
  } catch (error) {
    throw error instanceof GraphQLError ? unauthenticated(error.message) : error;
  }
  if (viewer === null) throw unauthenticated("Send a token: 'Authorization: Bearer …'.");
  return viewer;
}

const unauthenticated = (message: string) => new HttpError(401, message, { "www-authenticate": "Bearer" });

/** Receives the one file of a multipart request, in the field `file`. */
async function upload(
  services: Services,
  lockUploader: LockUploader,
  viewer: Viewer,
  request: FastifyRequest,
): Promise<SentAttachment> {
  if (!request.isMultipart()) {
    throw new HttpError(415, "Send multipart/form-data with the file in its field 'file'.");
  }
  const declaredBytes = Number(request.headers["content-length"] ?? Number.POSITIVE_INFINITY);
  if (request.headers["content-length"] !== undefined && declaredBytes > maxFileBytes + envelopeBytes) {
    throw tooLarge();
  }
  let received: ReceivedUpload | null = null;
  try {
    for await (const part of readParts(request)) {
      if (part.fieldname !== "file") {
        if (part.type === "file") throw new HttpError(400, "Send the file in the field 'file'.");
        continue;
      }
      if (part.type === "field") throw new HttpError(400, "The field 'file' must hold a file, with a file name.");
      if (received !== null) throw new HttpError(400, "Send one file per request.");
      received = await receiveUpload(services, lockUploader, viewer, part, Math.min(declaredBytes, maxFileBytes));
    }
  } catch (error) {
    // What is still to come is read, but no longer taken apart: 15 MB of empty parts would take four seconds.
    request.raw.unpipe();
    request.raw.resume();
    await received?.discard();
    throw error;
  }
  if (received === null) throw new HttpError(400, "The request contains no file: send it in the field 'file'.");
  return received.finish();
}

/** The parts of a multipart request. @throws HttpError 400 if the parser rejects it */
async function* readParts(request: FastifyRequest): AsyncGenerator<Multipart> {
  const parts = request.parts();
  try {
    for (;;) {
      const { value, done } = await parts.next().catch(rejectMalformed);
      if (done === true) return;
      yield value;
    }
  } finally {
    await parts.return?.(undefined);
  }
}

function rejectMalformed(): never {
  throw new HttpError(400, "The request is not complete multipart/form-data: send it again, with one file in 'file'.");
}

function sendError(services: Services, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  limitDrain(request, reply);
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  if (error instanceof HttpError) {
    return refuse(reply.headers(error.headers), error.status, error.message);
  }
  if (error instanceof Error && status >= 400 && status < 500) return refuse(reply, status, error.message);
  services.logger.error("An attachment request failed", { reason: describeError(error) });
  return refuse(reply, 500, "Internal server error.");
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ statusCode: status, error: STATUS_CODES[status] ?? "Error", message });
}

/** Lets the client finish sending for a limited time after an error response, so that it can receive the response. */
function limitDrain(request: FastifyRequest, reply: FastifyReply): void {
  reply.raw.once("finish", () => {
    if (request.raw.complete) return;
    const timer = setTimeout(() => request.raw.destroy(), drainMs).unref();
    request.raw.once("close", () => clearTimeout(timer));
  });
}

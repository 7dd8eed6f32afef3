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
import { findDownload } from "./find-download.js";
import { maxFileBytes, tooLarge } from "./receive-file.js";
import { RequestRefused } from "./request-refused.js";
import type { LockUploader } from "./reserve-upload.js";
import { type ReceivedUpload, receiveUpload } from "./upload-attachment.js";

/** Boundaries, headers and other fields around a file. */
const envelopeBytes = 65_536;
/** How long the rest of a refused upload is read, so that its sender gets to see the answer. */
const drainMs = 10_000;

/** `POST /attachments` takes a file, `GET /attachments/:token` gives it to whoever has its signed URL. */
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
    // Anything else is left unread: who may upload is asked before what.
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.setErrorHandler((error, request, reply) => answerError(services, error, request, reply));
    scope.addHook("onRequest", async (_request, reply) => {
      // As for /graphql: any website may hold the widget, and names itself by token.
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
      const { attachment, content } = await findDownload(services, request.params.token);
      return reply
        .headers({
          "content-type": attachment.contentType,
          "content-length": attachment.sizeBytes,
          // Whatever it is, it is saved and never shown in this origin: not by a browser that guesses types, nor in a frame.
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

const unauthenticated = (message: string) => new RequestRefused(401, message, { "www-authenticate": "Bearer" });

/** Takes the one file of a multipart request; its field is called `file`. */
async function upload(
  services: Services,
  lockUploader: LockUploader,
  viewer: Viewer,
  request: FastifyRequest,
): Promise<SentAttachment> {
  if (!request.isMultipart()) {
    throw new RequestRefused(415, "Send multipart/form-data with the file in its field 'file'.");
  }
  const declaredBytes = Number(request.headers["content-length"] ?? Number.POSITIVE_INFINITY);
  if (request.headers["content-length"] !== undefined && declaredBytes > maxFileBytes + envelopeBytes) {
    throw tooLarge();
  }
  let received: ReceivedUpload | null = null;
  try {
    for await (const part of partsOf(request)) {
      if (part.fieldname !== "file") {
        if (part.type === "file") throw new RequestRefused(400, "Send the file in the field 'file'.");
        continue;
      }
      if (part.type === "field") throw new RequestRefused(400, "The field 'file' must hold a file, with a file name.");
      if (received !== null) throw new RequestRefused(400, "Send one file a request.");
      received = await receiveUpload(services, lockUploader, viewer, part, Math.min(declaredBytes, maxFileBytes));
    }
  } catch (error) {
    await received?.discard();
    throw error;
  }
  if (received === null) throw new RequestRefused(400, "There is no file: send it in the field 'file'.");
  return received.finish();
}

/** The parts; what the parser cannot read is the sender's fault. */
async function* partsOf(request: FastifyRequest): AsyncGenerator<Multipart> {
  const parts = request.parts();
  try {
    for (;;) {
      const { value, done } = await parts.next().catch(refuseParts);
      if (done === true) return;
      yield value;
    }
  } finally {
    await parts.return?.(undefined);
  }
}

function refuseParts(): never {
  throw new RequestRefused(400, "The request is no complete multipart/form-data: send it again, one file in 'file'.");
}

function answerError(services: Services, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  endUnread(request, reply);
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  if (error instanceof RequestRefused) {
    return refuse(reply.headers(error.headers), error.status, error.message);
  }
  if (error instanceof Error && status >= 400 && status < 500) return refuse(reply, status, error.message);
  services.logger.error("An attachment's request failed", { reason: describeError(error) });
  return refuse(reply, 500, "Internal server error.");
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ statusCode: status, error: STATUS_CODES[status] ?? "Error", message });
}

/** A sender may go on for a while, so that it does not miss the answer, but not for as long as it likes. */
function endUnread(request: FastifyRequest, reply: FastifyReply): void {
  reply.raw.once("finish", () => {
    if (request.raw.complete) return;
    const timer = setTimeout(() => request.raw.destroy(), drainMs).unref();
    request.raw.once("close", () => clearTimeout(timer));
  });
}

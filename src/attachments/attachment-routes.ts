import { type IncomingMessage, STATUS_CODES } from "node:http";
import multipart, { type Multipart } from "@fastify/multipart";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GraphQLError } from "graphql";
import { ConcurrencyLimit, type Leave } from "../limits/concurrency-limit.js";
import { networkOfRequest } from "../limits/limit-request.js";
import { describeError } from "../logger.js";
import type { Services } from "../services.js";
import { authenticate } from "../sessions/authenticate.js";
import { readBearerToken } from "../tokens/bearer-token.js";
import { clientAddress } from "../trust-proxy.js";
import type { Viewer } from "../viewer.js";
import type { SentAttachment } from "./attachment.entity.js";
import { attachmentsPath } from "./attachment-url.js";
import { contentDisposition } from "./content-disposition.js";
import { HttpError } from "./http-error.js";
import { limitUploads } from "./limit-uploads.js";
import { openDownload } from "./open-download.js";
import { maxFileBytes, tooLarge } from "./receive-file.js";
import { type ReceivedUpload, receiveUpload } from "./receive-upload.js";
import type { LockUploader } from "./reserve-upload.js";

/** Allowance for multipart boundaries, headers and other fields around the file. */
const envelopeBytes = 65_536;
const retryAfterSeconds = 30;

/**
 * `POST /attachments` uploads a file, `GET /attachments/:token` downloads it by its signed URL.
 * @param networkOf whose request it is
 */
export function registerAttachmentRoutes(
  fastify: FastifyInstance,
  services: Services,
  lockUploader: LockUploader,
  networkOf: (request: IncomingMessage) => string,
): void {
  const enter = uploadPlaces(services.config.limitsFactor);
  void fastify.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    await scope.register(multipart, {
      throwFileSizeLimit: false,
      limits: { fileSize: maxFileBytes, files: 2, fields: 10, fieldSize: 4_096, parts: 12, headerPairs: 100 },
    });
    // Other content types are not parsed: authentication comes first, and then they are rejected.
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.setErrorHandler((error, _request, reply) => sendError(services, error, reply));
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
      const leave = enter(uploader, networkOf(request.raw));
      try {
        const attachment = await upload(services, lockUploader, uploader, request);
        return reply.code(201).send(attachment);
      } finally {
        leave();
      }
    });
    scope.get<{ Params: { token: string } }>(`${attachmentsPath}/:token`, async (request, reply) => {
      const network = networkOfRequest(services, request.raw);
      const { attachment, content } = await openDownload(services, request.params.token, network);
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

/** Bounds the uploads in progress: each is a file and a connection, and may take long. @throws HttpError 429 */
function uploadPlaces(limitsFactor: number): (uploader: Viewer, network: string) => Leave {
  const ofSession = new ConcurrencyLimit("uploadsOfSession", limitsFactor);
  const ofNetwork = new ConcurrencyLimit("uploadsOfNetwork", limitsFactor);
  const all = new ConcurrencyLimit("uploads", limitsFactor);
  return ({ sessionId }, network) => {
    const left: Leave[] = [];
    for (const leave of [ofSession.enter(sessionId), ofNetwork.enter(network), all.enter("")]) {
      if (leave !== null) left.push(leave);
    }
    const leaveAll = () => {
      for (const leave of left) leave();
    };
    if (left.length === 3) return leaveAll;
    leaveAll();
    throw new HttpError(429, "Too many files are being uploaded: send this one when others have arrived.", {
      "retry-after": String(retryAfterSeconds),
    });
  };
}

async function requireUploader(services: Services, request: FastifyRequest): Promise<Viewer> {
  let viewer: Viewer | null;
  try {
    const address = clientAddress(request.raw, services.config.trustProxy);
    viewer = await authenticate(services, readBearerToken(request.headers.authorization), address);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw error.extensions.code === "FORBIDDEN" ? new HttpError(403, error.message) : unauthenticated(error.message);
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
  const maxBytes = Math.min(declaredBytes, maxFileBytes);
  await limitUploads(services, viewer, networkOfRequest(services, request.raw), maxBytes);
  let received: ReceivedUpload | null = null;
  try {
    for await (const part of readParts(request)) {
      if (part.fieldname !== "file") {
        if (part.type === "file") throw new HttpError(400, "Send the file in the field 'file'.");
        continue;
      }
      if (part.type === "field") throw new HttpError(400, "The field 'file' must hold a file, with a file name.");
      if (received !== null) throw new HttpError(400, "Send one file per request.");
      received = await receiveUpload(services, lockUploader, viewer, part, maxBytes);
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

function sendError(services: Services, error: unknown, reply: FastifyReply): FastifyReply {
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

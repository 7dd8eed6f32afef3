import { STATUS_CODES } from "node:http";
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Statement } from "../database/database.js";
import { describeWait, limitRequest } from "../limits/limit-request.js";
import type { Services } from "../services.js";
import { verifyExpiringToken } from "../tokens/expiring-token.js";
import { readContent } from "./original-content.js";
import { originalPurpose, originalsPath } from "./original-file.js";

interface Row {
  readonly hasContent: boolean;
  readonly sizeBytes: number;
  readonly contentType: string;
  readonly receivedAt: Date;
}

/** `GET /originals/:token` downloads an original by its signed URL, never rendered as a page on this origin. */
export function registerOriginalRoutes(fastify: FastifyInstance, services: Services): void {
  fastify.get<{ Params: { token: string } }>(`${originalsPath}/:token`, async (request, reply) => {
    const read = verifyExpiringToken(services, originalPurpose, request.params.token);
    if (read === "forged")
      return refuse(reply, 403, "This link is not valid: open the conversation again for a new one.");
    if (read === "expired")
      return refuse(reply, 403, "This link has expired: open the conversation again for a new one.");
    const seconds = await limitRequest(services, request.raw, "downloadsOfNetwork");
    if (seconds > 0) {
      const { headers, message } = describeWait(seconds);
      return refuse(reply.headers(headers), 429, message);
    }
    const [row] = await services.database.query<Row>(contentStatement, [read.id]);
    if (row === undefined || !row.hasContent) return refuse(reply, 410, "This original has been removed.");
    const day = row.receivedAt.toISOString().slice(0, 10);
    const name = row.contentType === "message/rfc822" ? `email-${day}.eml` : `original-${day}`;
    return reply
      .headers({
        "content-type": row.contentType,
        "content-length": row.sizeBytes,
        "content-disposition": `attachment; filename="${name}"`,
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "cache-control": "private, no-store",
      })
      .send(Readable.from(readContent(services.database, read.id, row.sizeBytes)));
  });
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ statusCode: status, error: STATUS_CODES[status] ?? "Error", message });
}

const contentStatement: Statement = {
  name: "read-original-content",
  text: `SELECT content IS NOT NULL AS has_content, size_bytes, content_type, received_at
    FROM inbound_originals WHERE id = $1`,
};

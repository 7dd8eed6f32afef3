import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { BodyReader } from "./body-reader.js";
import { refuseJson } from "./refuse-json.js";

/** Has the bodies that Fastify parses, JSON and text, read by `bodies`, which bounds their memory; each up to its route's limit. */
export function parseBodies(fastify: FastifyInstance, bodies: BodyReader): void {
  const parseJson = fastify.getDefaultJsonParser("error", "error");
  const readText = ({ routeOptions }: FastifyRequest, payload: IncomingMessage): Promise<string> =>
    bodies.read(payload, "requests", routeOptions.bodyLimit).then(({ chunks, release }) => {
      // Who goes on with the text counts it.
      release();
      const [first] = chunks;
      return (chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)).toString();
    });
  fastify.removeContentTypeParser(["application/json", "text/plain"]);
  fastify.addContentTypeParser("text/plain", readText);
  fastify.addContentTypeParser("application/json", (request, payload, done) => {
    readText(request, payload).then((text) => {
      const refusal = refuseJson(text);
      if (refusal === null) parseJson(request, text, done);
      else done(Object.assign(new Error(refusal), { statusCode: 400 }));
    }, done);
  });
}

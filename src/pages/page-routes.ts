import staticFiles from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Services } from "../services.js";
import { ContentTags } from "./content-tags.js";
import { missingPages, pagesFolder } from "./page-files.js";
import {
  consolePolicy,
  demoPolicy,
  emailFramePolicy,
  mailboxPolicy,
  pageHeaders,
  textPolicy,
  widgetPolicy,
} from "./page-policy.js";
import { serveFiles } from "./serve-files.js";

/** The pages of the demo website: its address, and its file. */
const demoPages = {
  "/": "website/index.html",
  "/repairs": "website/repairs.html",
  "/rent": "website/rent.html",
} as const;

/** A page names its hashed files: an older one, in a cache, would name those that are gone. */
const askEachTime = "no-cache";
/** What the page of the dev mailbox reads. A channel has it that shows emails there instead of sending them. */
const mailboxRoute = "mailbox.json";
/** Websites get a new loader within minutes. */
const loaderCache = "public, max-age=300";

const overview =
  "Afterchat is running.\n\nGraphQL: POST /graphql, subscriptions by graphql-transport-ws on the same path.\n";
const overviewPage = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>Afterchat</title>
<h1>Afterchat</h1>
<p>This server is running.</p>
`;

/** The console puts an email into it. */
const emailFrame = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Email</title><body>`;

/**
 * Serves what browsers load: `/afterchat.js`, which websites embed, `/widget`, which it shows in a frame, `/mailbox`, if a channel has the
 * dev mailbox, their hashed files in `/assets/`, and at `/` the demo website, or that the server runs.
 */
export function registerPageRoutes(fastify: FastifyInstance, services: Services): void {
  const { config, logger } = services;
  const missing = missingPages();
  if (missing !== null) logger.warn(missing);
  void fastify.register(async (scope) => {
    scope.addHook("onRequest", (_request, reply, done) => {
      reply.headers(pageHeaders);
      done();
    });
    if (missing !== null) {
      for (const path of ["/afterchat.js", "/widget", "/console", "/console/*", "/mailbox"])
        scope.get(path, (_request, reply) => refuse(reply, missing));
    } else {
      await serveFiles(scope, "/assets", `${pagesFolder}assets`);
      // Adds `reply.sendFile`, and no route. What is sent whole has a tag of its own.
      const without = { cacheControl: false, etag: false, lastModified: false, acceptRanges: false };
      await scope.register(staticFiles, { serve: false, root: pagesFolder, preCompressed: true, ...without });
      const policy = widgetPolicy([new URL(config.websiteUrl).origin, ...config.allowedWebsites], config.publicUrl);
      scope.get("/afterchat.js", (request, reply) => {
        // Websites may refuse what does not say that it is for others.
        reply.headers({ "cross-origin-resource-policy": "cross-origin", "access-control-allow-origin": "*" });
        reply.header("cache-control", loaderCache);
        return send(request, reply, "afterchat.js");
      });
      scope.get("/widget", (request, reply) => sendPage(request, reply, "widget/index.html", policy));
      // The page reads its address: what is below it is one of its views.
      const staffPolicy = consolePolicy(config.publicUrl);
      scope.get("/console/email-frame", (_request, reply) =>
        reply
          .headers({ "content-security-policy": emailFramePolicy(), "cache-control": askEachTime })
          .type("text/html; charset=utf-8")
          .send(emailFrame),
      );
      for (const path of ["/console", "/console/*"])
        scope.get(path, (request, reply) => sendPage(request, reply, "console/index.html", staffPolicy));
      scope.get("/mailbox", (request, reply) =>
        hasMailbox(services)
          ? sendPage(request, reply, "mailbox/index.html", mailboxPolicy())
          : Promise.resolve(reply.callNotFound()),
      );
    }
    if (config.demoWebsite && missing === null) registerDemoWebsite(scope, services);
    else scope.get("/", sendOverview);
  });
}

function hasMailbox({ channels }: Services): boolean {
  return channels.findByShortRoute(mailboxRoute)?.connection != null;
}

function registerDemoWebsite(scope: FastifyInstance, services: Services): void {
  const policy = demoPolicy();
  for (const [path, file] of Object.entries(demoPages))
    scope.get(path, (request, reply) => sendPage(request, reply, file, policy));
  // What its strip can lead to. Channels may be connected later.
  scope.get("/demo-website.json", (_request, reply) =>
    reply.header("cache-control", "no-store").send({
      explorer: services.config.introspection,
      mailbox: hasMailbox(services),
    }),
  );
}

function sendPage(request: FastifyRequest, reply: FastifyReply, file: string, policy: string): Promise<FastifyReply> {
  reply.headers({ "content-security-policy": policy, "cache-control": askEachTime });
  return send(request, reply, file);
}

const tags = new ContentTags();

/** Sends a file of the pages, or that the browser has it. */
async function send(request: FastifyRequest, reply: FastifyReply, file: string): Promise<FastifyReply> {
  const tag = await tags.of(pagesFolder + file);
  reply.header("etag", tag);
  const isKept = request.headers["if-none-match"]?.includes(tag) ?? false;
  return isKept ? reply.header("vary", "accept-encoding").code(304).send() : reply.sendFile(file);
}

function sendOverview({ headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header("vary", "accept");
  if (!headers.accept?.includes("text/html")) return reply.type("text/plain; charset=utf-8").send(overview);
  return reply.header("content-security-policy", textPolicy()).type("text/html; charset=utf-8").send(overviewPage);
}

function refuse(reply: FastifyReply, reason: string): FastifyReply {
  return reply.code(503).type("text/plain; charset=utf-8").send(`${reason}\n`);
}

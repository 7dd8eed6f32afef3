/** Headers of all pages and their files. */
export const pageHeaders: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "strict-origin-when-cross-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
};

/** Sources by directive of a content security policy; none of them means that the directive takes no value. */
type Directives = Readonly<Record<string, readonly string[]>>;

/** What every page may do: load what is named, from this server only, and nothing that is not. */
const common: Directives = {
  "default-src": ["'none'"],
  "script-src": ["'self'"],
  "style-src": ["'self'"],
  "connect-src": ["'self'"],
  "img-src": ["'self'", "blob:"],
  "frame-ancestors": ["'none'"],
  "base-uri": ["'none'"],
  "form-action": ["'none'"],
};
/** A text cannot become a script. */
const withoutTextAsScript: Directives = { "require-trusted-types-for": ["'script'"] };

/** @param websites the origins that may show the chat in a frame */
export function widgetPolicy(websites: readonly string[], publicUrl: string): string {
  return write({
    ...common,
    ...withoutTextAsScript,
    "connect-src": ["'self'", socketsOf(publicUrl)],
    "frame-ancestors": ["'self'", ...new Set(websites)],
  });
}

/** Of the console, which nobody else may show in a frame. */
export function consolePolicy(publicUrl: string): string {
  return write({
    ...common,
    ...withoutTextAsScript,
    "connect-src": ["'self'", socketsOf(publicUrl)],
    // The page below, in which emails are shown.
    "frame-src": ["'self'"],
  });
}

/** Of the frame in which the console shows emails: their styles, and nothing from elsewhere; it has no scripts. */
export function emailFramePolicy(): string {
  return write({
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "frame-ancestors": ["'self'"],
  });
}

/** Of the demo website, which holds the chat in a frame of this server. */
export function demoPolicy(): string {
  return write({ ...common, ...withoutTextAsScript, "frame-src": ["'self'"] });
}

/** Of the dev mailbox, which shows emails in a frame that may do nothing. */
export function mailboxPolicy(): string {
  return write({ ...common, ...withoutTextAsScript, "frame-src": ["'self'"] });
}

/** Of a page without scripts. */
export function textPolicy(): string {
  return write({ "default-src": ["'none'"], "frame-ancestors": ["'none'"] });
}

/** Of the API explorer: its editor writes styles and HTML, has its fonts in its styles, and works in other threads. */
export function explorerPolicy(publicUrl: string): string {
  return write({
    ...common,
    "style-src": ["'self'", "'unsafe-inline'"],
    "font-src": ["'self'", "data:"],
    "img-src": ["'self'", "data:"],
    "worker-src": ["'self'"],
    "connect-src": ["'self'", socketsOf(publicUrl)],
  });
}

/** Where sockets are opened: `'self'` includes them in Chromium and Firefox, and not in Safari before 15.4. */
function socketsOf(publicUrl: string): string {
  return new URL(publicUrl).origin.replace(/^http/, "ws");
}

function write(directives: Directives): string {
  return Object.entries(directives)
    .map(([name, sources]) => [name, ...sources].join(" "))
    .join("; ");
}

interface MatchedRoute<Handler> {
  /** As the plugin declared it: safe to log, unlike the path, which may contain a token. */
  readonly pattern: string;
  readonly handler: Handler;
  /** The decoded segments that the pattern's `:name`s matched. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Finds the route for a path as it appears in the URL, without its leading slash and still encoded: an encoded slash
 * does not split a segment. A trailing slash is ignored. When several patterns match, fixed segments take precedence
 * over `:name`s, from left to right. Null when none matches or a segment cannot be decoded.
 */
export function matchRoute<Handler>(
  routes: Readonly<Record<string, Handler>>,
  path: string,
): MatchedRoute<Handler> | null {
  const segments = decodeSegments(path);
  if (segments === null) return null;
  const matches = Object.entries(routes).flatMap(([pattern, handler]) => {
    const parameters = matchPattern(splitPath(pattern), segments);
    return parameters === null ? [] : [{ pattern, handler, parameters }];
  });
  return matches.sort((a, b) => (precedence(a.pattern) < precedence(b.pattern) ? -1 : 1))[0] ?? null;
}

function matchPattern(pattern: readonly string[], segments: readonly string[]): Record<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const parameters: [string, string][] = [];
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? "";
    if (expected.startsWith(":") && segment !== "") parameters.push([expected.slice(1), segment]);
    else if (expected !== segment) return null;
  }
  return Object.fromEntries(parameters);
}

function decodeSegments(path: string): readonly string[] | null {
  try {
    return splitPath(path).map(decodeURIComponent);
  } catch {
    // Invalid percent-encoding: no pattern can match this path.
    return null;
  }
}

function splitPath(path: string): readonly string[] {
  return path.replace(/\/$/, "").split("/");
}

/** Of two patterns of the same length, the one whose fixed segment comes earlier sorts first. */
function precedence(pattern: string): string {
  return splitPath(pattern)
    .map((segment) => (segment.startsWith(":") ? "1" : "0"))
    .join("");
}

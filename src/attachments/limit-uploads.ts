import { visitorKey } from "../limits/limited.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import { tooManyRequests } from "./http-error.js";

export const mebibyte = 1_048_576;

/**
 * Counts a visitor's upload before it is received: anybody can become a visitor, and uploading costs them nothing. Staff are trusted.
 * @param maxBytes the size that the request announces, or the largest one
 * @throws HttpError 429
 */
export async function limitUploads(
  { limits }: Pick<Services, "limits">,
  viewer: Viewer,
  network: string,
  maxBytes: number,
): Promise<void> {
  if (viewer.kind === "agent") return;
  const visitor = visitorKey(viewer);
  const mebibytes = Math.ceil(maxBytes / mebibyte);
  const seconds = await limits.trySpending([
    { limit: "uploadsOfVisitor", key: visitor, points: 1 },
    { limit: "uploadsOfNetwork", key: network, points: 1 },
    { limit: "uploadedMebibytesOfVisitor", key: visitor, points: mebibytes },
    { limit: "uploadedMebibytesOfNetwork", key: network, points: mebibytes },
  ]);
  if (seconds > 0) throw tooManyRequests(seconds);
}

import { conflict } from "../../errors.js";
import type { Services } from "../../services.js";
import type { AgentViewer } from "../../viewer.js";
import { type PreviewRequest, readRequested, requirePreview, withoutProgress } from "./preview-email.js";

/** How long the mail server may take. */
const timeoutMs = 20_000;

/**
 * Sends what `previewEmail` shows once to an agent's own address, with "Preview" before its subject.
 * @throws what `previewEmail` throws; CONFLICT with what the mail server answered, if it did not take it
 */
export async function sendPreview(
  services: Services,
  viewer: AgentViewer,
  request: PreviewRequest,
  agent: { readonly name: string; readonly email: string },
): Promise<void> {
  const preview = requirePreview(services);
  const outbound = { ...(await readRequested(services, viewer, request, agent.name)), address: agent.email };
  const result = await preview.send(withoutProgress(outbound), AbortSignal.timeout(timeoutMs));
  if (result.outcome !== "accepted") throw conflict(`The preview was not sent: ${result.failure.detail}`);
}

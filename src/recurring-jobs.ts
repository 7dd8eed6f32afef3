import { removeAttachments } from "./attachments/remove-attachments.js";
import { removeExpiredNetworks } from "./blocked-networks/remove-expired-networks.js";
import { checkChannels } from "./channels/health/check-channels.js";
import type { DeliveryWorker } from "./forwarding/deliveries/delivery-worker.js";
import { planDueDeliveries } from "./forwarding/deliveries/plan-deliveries.js";
import { removeCountedMails } from "./forwarding/deliveries/unproven-mails.js";
import { removeDeferredEvents } from "./inbound/deferred-events.js";
import type { Interpreter } from "./inbound/interpreter.js";
import { removeOriginals } from "./inbound/remove-originals.js";
import type { RecurringJob } from "./jobs/scheduler.js";
import { removeExpired } from "./limits/remove-expired.js";
import { reapPresence } from "./presence/reap-presence.js";
import type { Services } from "./services.js";

/** The program's recurring jobs. Each reads state and claims batches, so any process may run it at any time. */
export function recurringJobs(
  services: Services,
  worker: DeliveryWorker,
  interpreter: Interpreter,
): readonly RecurringJob[] {
  const everySeconds = services.config.checkIntervalSeconds;
  return [
    {
      name: "check-triggers",
      everySeconds,
      run: async (signal) => void (await planDueDeliveries(services, signal)),
    },
    { name: "deliver-due", everySeconds, run: () => worker.wake() },
    { name: "interpret-inbound", everySeconds, run: () => interpreter.work() },
    { name: "remove-originals", everySeconds: 3600, run: (signal) => removeOriginals(services, signal) },
    { name: "remove-deferred-events", everySeconds: 3600, run: () => removeDeferredEvents(services) },
    { name: "reap-presence", everySeconds: 5, run: () => reapPresence(services) },
    { name: "remove-attachments", everySeconds: 300, run: (signal) => removeAttachments(services, signal) },
    { name: "remove-expired-limits", everySeconds: 300, run: () => removeExpired(services.database) },
    { name: "remove-expired-networks", everySeconds: 3600, run: () => removeExpiredNetworks(services) },
    { name: "remove-counted-mails", everySeconds: 3600, run: () => removeCountedMails(services) },
    { name: "check-channels", everySeconds: 300, run: () => checkChannels(services) },
  ];
}

import { useConsole } from "../app/console.js";
import { Dialog } from "../parts/dialog.js";
import { liftSuppression } from "../suppressed/operations.js";
import type { Forwarding } from "./describe-outlook.js";

/** What the vendor said; or whether mail may go to a suppressed address again. */
export function Part({
  kind,
  forwarding,
  attempt,
  close,
}: {
  readonly kind: "said" | "lift";
  readonly forwarding: Forwarding;
  readonly attempt: (action: () => Promise<unknown>) => void;
  readonly close: () => void;
}) {
  const { api, notice } = useConsole();
  if (kind === "said") {
    return (
      <Dialog title="What it said" close={close}>
        <p>
          <code>{forwarding.delivery?.failure?.detail}</code>
        </p>
        <div class="acts">
          <button type="button" class="btn" onClick={close}>
            Close
          </button>
        </div>
      </Dialog>
    );
  }
  const { suppression } = forwarding;
  if (suppression === null) return null;
  const { address, channel } = suppression;
  const lift = async () => {
    await api.change(liftSuppression, { address, channel: channel.id });
    notice.value = { words: `Mail goes to ${address} again.`, isBad: false };
  };
  return (
    <Dialog title="Send there again?" close={close}>
      <p>
        Mail goes to <bdi>{address}</bdi> again, unread replies at once.
      </p>
      <div class="acts">
        <button type="button" class="btn" onClick={close}>
          Cancel
        </button>
        <button type="button" class="btn primary" onClick={() => attempt(lift)}>
          Lift
        </button>
      </div>
    </Dialog>
  );
}

import { useState } from "preact/hooks";
import { Icon } from "../../theme/icon.js";
import { useConsole } from "../app/console.js";

/** Opens the dev mailbox, which asks admins for no key. */
export function OpenMailbox() {
  const { api } = useConsole();
  const [problem, setProblem] = useState<string | null>(null);
  const open = async () => {
    setProblem(null);
    // Before waiting: later, browsers would take it for a window that nobody has asked for.
    const tab = window.open("", "_blank");
    const headers = { authorization: `Bearer ${api.token}`, "content-type": "application/json" };
    const response = await fetch("/mailbox", { method: "POST", headers, body: "{}" }).catch(() => null);
    if (response?.ok) tab?.location.replace("/mailbox");
    else {
      tab?.close();
      setProblem("The mailbox cannot be opened. Try again.");
    }
  };
  return (
    <>
      <span role="status">{problem}</span>
      <button type="button" class="btn less" onClick={() => void open()}>
        <Icon name="external" />
        Mailbox
      </button>
    </>
  );
}

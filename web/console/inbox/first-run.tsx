import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../theme/icon.js";

/** What can be tried while there is nothing: the whole way of a reply, if this server has a demo website and a mailbox. */
export function Part() {
  const [ways, setWays] = useState<Readonly<Record<string, boolean>>>({});
  useEffect(() => {
    void fetch("/demo-website.json").then(
      async (response) => setWays(response.ok ? await response.json() : {}),
      // It is only for trying things out.
      () => {},
    );
  }, []);
  if (ways.mailbox === undefined) {
    return (
      <section class="pane none" aria-label="Conversation">
        <p class="quiet">Conversations are answered here.</p>
      </section>
    );
  }
  return (
    <section class="pane try" aria-label="First steps">
      <div class="mid">
        <h2>See a reply follow a visitor</h2>
        <p class="quiet">It takes a minute, and no email leaves this machine.</p>
        <ol>
          <li>
            <b>Write to yourself</b>
            <small>Open the demo website as a visitor. Leave an address, and ask something.</small>
            <a class="btn primary" href="/" target="_blank" rel="noreferrer">
              <Icon name="external" />
              Demo website
            </a>
          </li>
          <li>
            <b>Close that page</b>
            <small>You have left. The conversation is here now.</small>
          </li>
          <li>
            <b>Answer it here</b>
            <small>The bar over your reply says when it goes, and why. Five minutes are long: press Send now.</small>
          </li>
          <li>
            <b>Read it in the mailbox, and answer</b>
            <small>You are back in the same conversation.</small>
            {ways.mailbox && (
              <a class="btn" href="/mailbox" target="_blank" rel="noreferrer">
                <Icon name="mail" />
                Mailbox
              </a>
            )}
          </li>
        </ol>
      </div>
    </section>
  );
}

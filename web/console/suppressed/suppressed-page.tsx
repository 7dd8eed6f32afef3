import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../theme/icon.js";
import type { SuppressedListQuery } from "../api/operations.generated.js";
import { useConsole } from "../app/console.js";
import { Dialog } from "../parts/dialog.js";
import { ListRegion, PageSheet, useList } from "../parts/page.js";
import { dayAndTime } from "../parts/times.js";
import { liftSuppression, suppressedList } from "./operations.js";

type Suppressed = SuppressedListQuery["suppressedAddresses"]["nodes"][number];

const reasons: Readonly<Record<Suppressed["reason"], string>> = {
  COMPLAINT: "Reported as unwanted",
  HARD_BOUNCE: "There is no such mailbox",
  SOFT_BOUNCES: "Five emails in a row came back",
};
const searchAfterMs = 300;

/** Addresses to which nothing is sent any more. */
export function Part() {
  const { api, attempt, clock, notice } = useConsole();
  const [words, setWords] = useState("");
  const [search, setSearch] = useState("");
  const [lifting, setLifting] = useState<Suppressed | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setSearch(words.trim()), searchAfterMs);
    return () => clearTimeout(timer);
  }, [words]);
  const feed = useList<Suppressed & { readonly id?: string }>(
    async (after) =>
      (await api.read(suppressedList, { search: search === "" ? null : search, after })).suppressedAddresses,
    [search],
  );
  useEffect(
    () =>
      api.on("deliveryUpdated", ({ status }) => {
        if (status === "BOUNCED" || status === "FAILED") feed.touch();
      }),
    [feed],
  );
  const now = clock.now.peek();
  const lift = ({ address, channel }: Suppressed) => {
    setLifting(null);
    void attempt(async () => {
      await api.change(liftSuppression, { address, channel: channel.id });
      notice.value = { words: `Mail goes to ${address} again.`, isBad: false };
    }).then(() => feed.touch());
  };
  return (
    <PageSheet
      title="Suppressed addresses"
      about="Nothing is sent there any more, so that mail servers go on trusting yours."
      aside={
        <label class="lookup">
          <Icon name="search" />
          <input
            class="input"
            type="search"
            aria-label="Address"
            placeholder="Address"
            maxLength={200}
            value={words}
            onInput={({ currentTarget }) => setWords(currentTarget.value)}
          />
        </label>
      }
    >
      <ListRegion
        feed={feed}
        empty={{
          icon: "ban",
          title: search === "" ? "No address is suppressed" : "None is found",
          text: "Addresses that do not exist, or whose owners reported an email as unwanted, appear here by themselves.",
        }}
      >
        {(items) => (
          <table class="table">
            <thead>
              <tr>
                <th>Address</th>
                <th>Why</th>
                <th>What was said</th>
                <th>Since</th>
                <th>
                  <span class="vh">Lift</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <tr key={`${item.channel.id} ${item.address}`}>
                  <td>
                    <bdi class="cut" title={item.address}>
                      {item.address}
                    </bdi>
                  </td>
                  <td>{reasons[item.reason]}</td>
                  <td class="quiet wrap">{item.detail}</td>
                  <td class="num">{dayAndTime(item.since, now)}</td>
                  <td class="end">
                    <button type="button" class="btn less" onClick={() => setLifting(item)}>
                      Lift…
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </ListRegion>
      {lifting !== null && (
        <Dialog title="Send there again?" close={() => setLifting(null)}>
          <p>
            Mail goes to <bdi>{lifting.address}</bdi> again, unread replies at once.
          </p>
          <div class="acts">
            <button type="button" class="btn" onClick={() => setLifting(null)}>
              Cancel
            </button>
            <button type="button" class="btn primary" onClick={() => lift(lifting)}>
              Lift
            </button>
          </div>
        </Dialog>
      )}
    </PageSheet>
  );
}

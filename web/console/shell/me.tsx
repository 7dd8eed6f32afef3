import { useState } from "preact/hooks";
import { Icon } from "../../theme/icon.js";
import type { Availability } from "../api/operations.generated.js";
import { setAvailability } from "../api/operations.js";
import { useConsole } from "../app/console.js";
import { Avatar } from "../parts/avatar.js";
import { Lazy } from "../parts/lazy.js";
import { Menu } from "../parts/menu.js";

const words: Readonly<Record<Availability, string>> = {
  ONLINE: "Online",
  INVISIBLE: "Invisible: does not count as online",
  OFFLINE: "Offline: does not count as online",
};
const short: Readonly<Record<Availability, string>> = {
  ONLINE: "Online",
  INVISIBLE: "Invisible",
  OFFLINE: "Offline",
};

const passwordDialog = () => import("./password-dialog.js");

/** Who is signed in, and whether they count as online. */
export function Me({ showKeys }: { readonly showKeys?: () => void }) {
  const { agent: signedIn, agents, api, attempt, signOut } = useConsole();
  const agent = agents.value.find(({ id }) => id === signedIn.id) ?? signedIn;
  const [isPasswordOpen, setPasswordOpen] = useState(false);
  const availability = agent.availability ?? "ONLINE";
  return (
    <>
      <Menu
        label="You"
        isNamed
        className="me"
        side="start"
        up
        items={[
          ...(Object.keys(words) as Availability[]).map((choice) => ({
            words: words[choice],
            isChosen: choice === availability,
            act: () => void attempt(() => api.change(setAvailability, { availability: choice })),
          })),
          { words: "Change your password", icon: "edit" as const, act: () => setPasswordOpen(true) },
          ...(showKeys === undefined ? [] : [{ words: "Keys", icon: "list" as const, keys: "?", act: showKeys }]),
          { words: "Sign out", icon: "exit" as const, act: signOut },
        ]}
      >
        <Avatar name={agent.name} size="m" online={availability === "ONLINE"} />
        <span class="grow who">
          <span class="cut" dir="auto">
            {agent.name}
          </span>
          <small>{short[availability]}</small>
        </span>
        <Icon name="down" />
      </Menu>
      {isPasswordOpen && <Lazy load={passwordDialog} close={() => setPasswordOpen(false)} />}
    </>
  );
}

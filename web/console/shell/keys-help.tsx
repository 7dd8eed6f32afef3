import { useState } from "preact/hooks";
import { areKeysOn, switchKeys } from "../app/use-keys.js";
import { Dialog } from "../parts/dialog.js";

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const control = isMac ? "⌘" : "Ctrl";

const keys: readonly (readonly [string, readonly string[]])[] = [
  ["Search", ["/"]],
  ["Next, previous conversation", ["j", "k"]],
  ["Open it", ["Enter"]],
  ["Write", ["r"]],
  ["Reply", [control, "Enter"]],
  ["Reply and email now", [control, "Shift", "Enter"]],
  ["Hold, release", ["h"]],
  ["Send now", ["Shift", "S"]],
  ["Assign", ["a"]],
  ["Assign to me", ["m"]],
  ["Close, reopen", ["e"]],
  ["Visitor", ["i"]],
  ["Inbox", ["g", "i"]],
  ["Deliveries", ["g", "d"]],
  ["Preferences", ["g", "p"]],
  ["Channels", ["g", "c"]],
  ["Back", ["Esc"]],
];

export function Part({ close }: { readonly close: () => void }) {
  const [areOn, setOn] = useState(areKeysOn());
  return (
    <Dialog title="Keys" close={close} className="keys">
      <dl>
        {keys.map(([words, names]) => (
          <div key={words}>
            <dt>{words}</dt>
            <dd>
              {names.map((name) => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <label class="row small">
        <input
          type="checkbox"
          checked={areOn}
          onChange={({ currentTarget }) => {
            switchKeys(currentTarget.checked);
            setOn(currentTarget.checked);
          }}
        />
        Use single keys
      </label>
      <div class="acts">
        <button type="button" class="btn" onClick={close}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

import { useState } from "preact/hooks";
import { Icon } from "../../theme/icon.js";
import { Dialog } from "./dialog.js";

/** The line that puts the chat on a website: shown, so that it can be copied without the clipboard too. */
export function CopyScript({ className }: { readonly className: string }) {
  const [isOpen, setOpen] = useState(false);
  const [isCopied, setCopied] = useState(false);
  const script = `<script async src="${location.origin}/afterchat.js"></script>`;
  return (
    <>
      <button type="button" class={className} onClick={() => setOpen(true)}>
        <Icon name="copy" />
        Copy the script
      </button>
      {isOpen && (
        <Dialog title="The chat on your website" close={() => setOpen(false)}>
          <p>Put this line into each page that is to have the chat, before the end of its body:</p>
          <p>
            <code>{script}</code>
          </p>
          <div class="acts">
            <button type="button" class="btn" onClick={() => setOpen(false)}>
              Close
            </button>
            <button
              type="button"
              class="btn primary"
              onClick={() => void navigator.clipboard?.writeText(script).then(() => setCopied(true))}
            >
              {isCopied ? "Copied" : "Copy"}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

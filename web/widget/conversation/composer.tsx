import type { TargetedClipboardEvent, TargetedEvent, TargetedKeyboardEvent } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Upload } from "../../client/client.js";
import { Tap } from "../parts/header.js";
import { Icon } from "../parts/icon.js";
import { useWidget } from "../widget.js";

/** Of the field, before it scrolls. */
const maxFieldPixels = 132;

/** Where a message is written. `isBlocked`: an address is needed first. */
export function Composer({ isBlocked = false }: { readonly isBlocked?: boolean }) {
  const { chat, state, texts, draft, isOpen } = useWidget();
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const { uploads, website } = state.value;
  const text = draft.value;
  const max = website?.maxMessageLength ?? 10_000;
  const isTooLong = [...text].length > max;
  const isUploading = uploads.some(({ status }) => status === "uploading" || status === "waiting");
  const hasFiles = uploads.some(({ status }) => status === "done");
  const canSend = !isBlocked && !isTooLong && !isUploading && (text.trim() !== "" || hasFiles);

  useEffect(() => {
    if (isOpen.value && !isBlocked) field.current?.focus({ preventScroll: true });
  }, [isOpen.value, isBlocked]);
  useLayoutEffect(() => {
    const box = field.current;
    if (box === null) return;
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, maxFieldPixels)}px`;
  }, [text]);

  const send = () => {
    if (!canSend) return;
    // Two presses of Enter find an empty field the second time.
    draft.value = "";
    chat.send({ text });
    field.current?.focus();
  };
  const press = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    // On a phone's keyboard Enter begins a line, and while an input method is composing it chooses a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    send();
  };
  const paste = (event: TargetedClipboardEvent<HTMLTextAreaElement>) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    for (const file of files) chat.upload(file);
  };
  const choose = ({ currentTarget }: TargetedEvent<HTMLInputElement>) => {
    for (const file of currentTarget.files ?? []) chat.upload(file);
    currentTarget.value = "";
    field.current?.focus();
  };
  return (
    <form
      class="pen"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {uploads.length > 0 && (
        <ul class="files">
          {uploads.map((upload) => (
            <File key={upload.id} upload={upload} />
          ))}
        </ul>
      )}
      {isTooLong && (
        <p class="error" id="too-long" role="alert">
          <Icon name="alert" />
          {texts.t("tooLong", { count: max })}
        </p>
      )}
      <div class="box">
        <Tap icon="clip" label={texts.t("attach")} onClick={() => picker.current?.click()} />
        <input ref={picker} type="file" multiple hidden onChange={choose} />
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          aria-label={texts.t("writeMessage")}
          placeholder={texts.t(isBlocked ? "firstEmail" : "writeMessage")}
          value={text}
          disabled={isBlocked}
          aria-invalid={isTooLong}
          aria-describedby={isTooLong ? "too-long" : undefined}
          enterkeyhint="send"
          onInput={({ currentTarget }) => {
            draft.value = currentTarget.value;
            chat.setTyping();
          }}
          onKeyDown={press}
          onPaste={paste}
        />
        <button type="submit" class={canSend ? "go on" : "go"} aria-label={texts.t("send")} aria-disabled={!canSend}>
          <Icon name="send" size={19} />
        </button>
      </div>
    </form>
  );
}

function File({ upload }: { readonly upload: Upload }) {
  const { chat, state, texts } = useWidget();
  const { name, progress, status, problem } = upload;
  const { maxAttachments = 10, maxAttachmentBytes = 20 * 1_048_576 } = state.value.website ?? {};
  const reasons = {
    "too-large": texts.t("tooLarge", { size: texts.size(maxAttachmentBytes) }),
    type: texts.t("typeRefused"),
    "too-many": texts.t("tooManyFiles", { count: maxAttachments }),
    other: texts.t("uploadFailed"),
  };
  return (
    <li class={problem === null ? "pile" : "pile bad"}>
      <span class="ico">
        <Icon name={problem === null ? "file" : "alert"} />
      </span>
      <span class="grow">
        <span class="cut" dir="auto">
          {name}
        </span>
        {problem !== null && <small role="alert">{reasons[problem.reason]}</small>}
        {status === "waiting" && <small>{texts.t("uploadWaits")}</small>}
        {status === "uploading" && <progress max={1} value={progress} aria-label={name} />}
      </span>
      <Tap icon="cross" label={texts.t("remove", { name })} onClick={() => chat.removeUpload(upload.id)} />
    </li>
  );
}

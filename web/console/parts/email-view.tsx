import { useEffect, useRef, useState } from "preact/hooks";
import { ChatError } from "../../client/request.js";
import "./email-view.css";
import type { UpdateForwardingPreferenceInput } from "../api/operations.generated.js";
import { describeProblem, useConsole } from "../app/console.js";
import { deliveryEmail, emailPreview } from "../deliveries/operations.js";
import { Dialog } from "./dialog.js";
import { SlowlyLoading } from "./region.js";

/** An email that would go, or one as it went. */
export type EmailSource =
  | {
      readonly kind: "preview";
      /** Null: of a made-up conversation. */
      readonly conversationId: string | null;
      /** With these changes, which are not saved. */
      readonly preference: UpdateForwardingPreferenceInput | null;
    }
  | { readonly kind: "delivery"; readonly id: string; readonly conversationId: string };

interface Email {
  readonly from: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

const widths = [375, 600] as const;

/** Shows an email as its receiver sees it. */
export function Part({ source, close }: { readonly source: EmailSource; readonly close: () => void }) {
  const { api } = useConsole();
  const [email, setEmail] = useState<Email | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [width, setWidth] = useState<(typeof widths)[number]>(375);
  const [isText, setText] = useState(false);
  useEffect(() => {
    const read = async (): Promise<Email | null> => {
      if (source.kind === "preview") {
        const { conversationId, preference } = source;
        return (await api.read(emailPreview, { conversationId, preference })).emailPreview;
      }
      const { deliveries } = await api.read(deliveryEmail, { conversationId: source.conversationId });
      return deliveries.nodes.find(({ id }) => id === source.id)?.email ?? null;
    };
    read().then(
      (found) => {
        setEmail(found);
        if (found === null) setProblem("This email is not kept any more.");
      },
      (error: unknown) => setProblem(error instanceof ChatError ? describeProblem(error) : String(error)),
    );
  }, []);
  return (
    <Dialog title={email?.subject ?? "Email"} close={close} className="email">
      {problem !== null ? (
        <p role="alert">{problem}</p>
      ) : email === null ? (
        <SlowlyLoading rows={4} />
      ) : (
        <>
          <p class="quiet small">
            <bdi>{email.from}</bdi>
          </p>
          <div class="row">
            <fieldset class="seg" aria-label="Form">
              <button type="button" aria-pressed={!isText} onClick={() => setText(false)}>
                Preview
              </button>
              <button type="button" aria-pressed={isText} onClick={() => setText(true)}>
                Text
              </button>
            </fieldset>
            <span class="grow" />
            {!isText && (
              <fieldset class="seg" aria-label="Width">
                {widths.map((one) => (
                  <button key={one} type="button" aria-pressed={width === one} onClick={() => setWidth(one)}>
                    {one}
                  </button>
                ))}
              </fieldset>
            )}
          </div>
          {isText ? <pre dir="auto">{email.text}</pre> : <EmailFrame html={email.html} width={width} />}
        </>
      )}
      <div class="acts">
        <button type="button" class="btn" onClick={close}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

/**
 * The HTML of an email in a frame whose page runs no scripts (`sandbox`) and loads nothing (its content security policy); this page only
 * puts the elements there.
 */
function EmailFrame({ html, width }: { readonly html: string; readonly width: number }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const fill = () => {
    const page = frame.current?.contentDocument;
    const view = page?.defaultView as (Window & typeof globalThis) | null | undefined;
    if (page == null || view == null || page.URL === "about:blank" || page.readyState !== "complete") return;
    // The frame's own: this page's content security policy would take the styles out.
    const parsed = new view.DOMParser().parseFromString(html, "text/html");
    page.documentElement.lang = parsed.documentElement.lang;
    page.documentElement.dir = parsed.documentElement.dir;
    page.head.replaceChildren(
      ...[...parsed.head.querySelectorAll("style")].map((style) => page.importNode(style, true)),
    );
    page.body.replaceWith(page.importNode(parsed.body, true));
    if (frame.current !== null) frame.current.style.height = `${Math.max(200, page.body.scrollHeight + 16)}px`;
  };
  useEffect(fill, [html, width]);
  return (
    <div class="paper">
      <iframe
        ref={frame}
        title="The email"
        src="/console/email-frame"
        sandbox="allow-same-origin"
        style={{ width: `${width}px` }}
        onLoad={fill}
      />
    </div>
  );
}

import { useEffect, useState } from "preact/hooks";
import type { ChatError } from "../../client/request.js";
import type { ContactFormRule, ContactFormRulesQuery } from "../api/operations.generated.js";
import { useConsole } from "../app/console.js";
import { PageSheet } from "../parts/page.js";
import { Problem, SlowlyLoading } from "../parts/region.js";
import { rules, updateRules } from "./operations.js";

type Rules = ContactFormRulesQuery["contactForm"];

const choices: readonly (readonly [ContactFormRule, string, string])[] = [
  [
    "REQUIRED",
    "Required",
    "Visitors give an address before they begin a conversation, so that every answer reaches them.",
  ],
  ["OPTIONAL", "Asked for", "After the first message. Visitors may say “Not now”."],
  ["OFF", "Off", "Nobody is asked. Answers to visitors without an address wait in the chat."],
];

/** Whether the chat asks visitors for an address. */
export function Part() {
  const { api, attempt } = useConsole();
  const [shown, setShown] = useState<Rules | null>(null);
  const [problem, setProblem] = useState<ChatError | null>(null);
  const read = () => {
    api.read(rules, {}).then(
      ({ contactForm }) => {
        setShown(contactForm);
        setProblem(null);
      },
      (error: unknown) => setProblem(error as ChatError),
    );
  };
  useEffect(() => {
    read();
    return api.on("connected", read);
  }, []);
  const choose = (input: Partial<Pick<Rules, "whenOnline" | "whenOffline">>) => {
    if (shown === null) return;
    const before = shown;
    setShown({ ...shown, ...input });
    void attempt(async () => {
      const { updateContactForm } = await api.change(updateRules, { input });
      setShown(updateContactForm);
    }).then((isDone) => {
      if (!isDone) setShown(before);
    });
  };
  return (
    <PageSheet title="Contact form" about="Whether the chat asks visitors where the answer should go.">
      <div class="body">
        {shown === null ? (
          problem === null ? (
            <SlowlyLoading rows={2} />
          ) : (
            <Problem problem={problem} again={read} />
          )
        ) : (
          <div class="pair">
            <Choice
              title="While an agent is online"
              name="whenOnline"
              value={shown.whenOnline}
              isCurrent={shown.agentsOnline}
              choose={(whenOnline) => choose({ whenOnline })}
            />
            <Choice
              title="While nobody is online"
              name="whenOffline"
              value={shown.whenOffline}
              isCurrent={!shown.agentsOnline}
              choose={(whenOffline) => choose({ whenOffline })}
            />
          </div>
        )}
      </div>
    </PageSheet>
  );
}

function Choice({
  title,
  name,
  value,
  isCurrent,
  choose,
}: {
  readonly title: string;
  readonly name: string;
  readonly value: ContactFormRule;
  readonly isCurrent: boolean;
  readonly choose: (rule: ContactFormRule) => void;
}) {
  return (
    <fieldset class="card choices">
      <legend class="vh">{title}</legend>
      <h2>
        {title} {isCurrent && <span class="chip way">now</span>}
      </h2>
      {choices.map(([rule, words, about]) => (
        <label key={rule}>
          <input type="radio" name={name} checked={value === rule} onChange={() => choose(rule)} />
          <span>
            {words}
            <small>{about}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

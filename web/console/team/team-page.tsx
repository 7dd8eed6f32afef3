import { useEffect, useState } from "preact/hooks";
import { ChatError } from "../../client/request.js";
import { Icon } from "../../theme/icon.js";
import type { AgentRole, TeamQuery } from "../api/operations.generated.js";
import { describeProblem, useConsole } from "../app/console.js";
import { Avatar } from "../parts/avatar.js";
import { Dialog } from "../parts/dialog.js";
import { ListRegion, PageSheet, useList } from "../parts/page.js";
import { createAgent, removeAgent, team, updateAgent } from "./operations.js";

type Agent = TeamQuery["agents"][number];

const availabilities = { ONLINE: "Online", INVISIBLE: "Invisible", OFFLINE: "Offline" } as const;

/** Who answers visitors. */
export function Part() {
  const { api, agent: me, attempt } = useConsole();
  const [editing, setEditing] = useState<Agent | "new" | null>(null);
  const [removing, setRemoving] = useState<Agent | null>(null);
  const feed = useList<Agent>(
    async () => ({ nodes: (await api.read(team, {})).agents, pageInfo: { hasNextPage: false } }),
    [],
  );
  useEffect(() => api.on("agentUpdated", () => feed.touch()), [feed]);
  const changed = () => {
    setEditing(null);
    feed.touch();
  };
  return (
    <PageSheet
      title="Team"
      about="Who answers visitors. Admins also change preferences, and erase visitors."
      aside={
        <button type="button" class="btn primary" onClick={() => setEditing("new")}>
          <Icon name="plus" />
          Add a colleague
        </button>
      }
    >
      <ListRegion feed={feed} empty={{ icon: "users", title: "Nobody", text: "" }}>
        {(items) => (
          <table class="table">
            <thead>
              <tr>
                <th>Name</th>
                <th>Email</th>
                <th>Role</th>
                <th>Availability</th>
                <th>
                  <span class="vh">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <tr key={item.id}>
                  <td>
                    <span class="row">
                      <Avatar name={item.name} size="m" online={item.online} />
                      <bdi class="cut strong">{item.name}</bdi>
                      {item.id === me.id && <span class="quiet">(you)</span>}
                    </span>
                  </td>
                  <td>
                    <bdi class="cut">{item.email}</bdi>
                  </td>
                  <td>{item.role === "ADMIN" ? "Admin" : "Agent"}</td>
                  <td>
                    {item.online
                      ? "Online"
                      : item.availability === "ONLINE"
                        ? "Not connected"
                        : availabilities[item.availability ?? "OFFLINE"]}
                  </td>
                  <td class="end acts">
                    <button type="button" class="btn less" onClick={() => setEditing(item)}>
                      Edit
                    </button>
                    {item.id !== me.id && (
                      <button type="button" class="btn less plain danger" onClick={() => setRemoving(item)}>
                        Remove…
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </ListRegion>
      {editing !== null && (
        <AgentForm agent={editing === "new" ? null : editing} close={() => setEditing(null)} changed={changed} />
      )}
      {removing !== null && (
        <Dialog title={`Remove ${removing.name}?`} close={() => setRemoving(null)}>
          <p>Their sessions end, and their open conversations become unassigned. What they wrote stays.</p>
          <div class="acts">
            <button type="button" class="btn" onClick={() => setRemoving(null)}>
              Cancel
            </button>
            <button
              type="button"
              class="btn danger"
              onClick={() => {
                setRemoving(null);
                void attempt(() => api.change(removeAgent, { id: removing.id })).then(() => feed.touch());
              }}
            >
              Remove
            </button>
          </div>
        </Dialog>
      )}
    </PageSheet>
  );
}

function AgentForm({
  agent,
  close,
  changed,
}: {
  readonly agent: Agent | null;
  readonly close: () => void;
  readonly changed: () => void;
}) {
  const { api } = useConsole();
  const [problem, setProblem] = useState<ChatError | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = (form: FormData) => {
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const role = text("role") as AgentRole;
    const password = String(form.get("password") ?? "");
    setBusy(true);
    setProblem(null);
    const done =
      agent === null
        ? api.change(createAgent, { input: { name: text("name"), email: text("email"), role, password } })
        : api.change(updateAgent, {
            input: { agentId: agent.id, name: text("name"), role, ...(password !== "" && { password }) },
          });
    (done as Promise<unknown>).then(changed, (error: unknown) => {
      setBusy(false);
      setProblem(error instanceof ChatError ? error : new ChatError("UNKNOWN", String(error)));
    });
  };
  const wrong = (field: string) => problem?.field === `input.${field}`;
  return (
    <Dialog title={agent === null ? "Add a colleague" : agent.name} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit(new FormData(event.currentTarget));
        }}
      >
        <label class="field">
          <span>Name</span>
          <input
            class="input"
            name="name"
            dir="auto"
            required
            maxLength={200}
            value={agent?.name ?? ""}
            aria-invalid={wrong("name")}
          />
          <small class="hint">Visitors see it beside replies.</small>
        </label>
        {agent === null && (
          <label class="field">
            <span>Email</span>
            <input class="input" name="email" type="email" required maxLength={254} aria-invalid={wrong("email")} />
          </label>
        )}
        <label class="field">
          <span>{agent === null ? "First password" : "New password"}</span>
          <input
            class="input"
            name="password"
            type="password"
            autocomplete="new-password"
            required={agent === null}
            minLength={8}
            maxLength={200}
            aria-invalid={wrong("password")}
          />
          <small class="hint">
            {agent === null
              ? "At least 8 characters."
              : "Leave it empty to keep the present one. A new one ends their sessions."}
          </small>
        </label>
        <label class="field">
          <span>Role</span>
          <select class="input" name="role" value={agent?.role ?? "AGENT"}>
            <option value="AGENT">Agent: answers visitors</option>
            <option value="ADMIN">Admin: also changes preferences, and erases visitors</option>
          </select>
        </label>
        <div role="alert">{problem !== null && <p class="error">{describeProblem(problem)}</p>}</div>
        <div class="acts">
          <button type="button" class="btn" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="btn primary" disabled={isBusy}>
            {agent === null ? "Add" : "Save"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

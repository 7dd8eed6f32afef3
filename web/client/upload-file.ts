import type { UploadProblem } from "./chat-state.js";

/** A file of a browser, or what React Native's FormData takes: `{ uri, name, type }`. */
export type ChosenFile = Blob | { readonly uri: string; readonly name: string; readonly type: string };

export interface UploadedFile {
  readonly id: string;
  readonly name: string;
}

export type UploadResult =
  | { readonly outcome: "done"; readonly file: UploadedFile }
  | { readonly outcome: "refused"; readonly problem: UploadProblem }
  /** The session has ended. */
  | { readonly outcome: "unauthenticated" }
  /** To be tried again. */
  | { readonly outcome: "unreachable" };

export interface UploadRequest {
  readonly url: string;
  readonly token: string;
  readonly file: ChosenFile;
  readonly name: string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  readonly progress: (share: number) => void;
}

/** Sends a file to `/attachments`. Only XMLHttpRequest, which browsers and React Native have, tells the progress. */
export async function uploadFile(upload: UploadRequest): Promise<UploadResult> {
  const form = new FormData();
  form.append("file", upload.file as Blob, upload.name);
  try {
    const { status, text } = await send(upload, form);
    return readResult(status, text);
  } catch {
    return { outcome: "unreachable" };
  }
}

interface Received {
  readonly status: number;
  readonly text: string;
}

function send(upload: UploadRequest, form: FormData): Promise<Received> {
  const { XMLHttpRequest } = globalThis as { XMLHttpRequest?: RequestConstructor };
  return XMLHttpRequest === undefined
    ? sendByFetch(upload, form)
    : sendWithProgress(upload, form, new XMLHttpRequest());
}

async function sendByFetch({ url, token, fetch, signal }: UploadRequest, body: FormData): Promise<Received> {
  const response = await fetch(url, { method: "POST", headers: { authorization: `Bearer ${token}` }, body, signal });
  return { status: response.status, text: await response.text() };
}

/** The part of XMLHttpRequest that is used here. */
interface ProgressRequest {
  readonly status: number;
  readonly responseText: string;
  readonly upload: { onprogress: ((event: { loaded: number; total: number }) => void) | null };
  onload: (() => void) | null;
  onerror: (() => void) | null;
  onabort: (() => void) | null;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  send(body: FormData): void;
  abort(): void;
}
type RequestConstructor = new () => ProgressRequest;

function sendWithProgress(
  { url, token, signal, progress }: UploadRequest,
  form: FormData,
  request: ProgressRequest,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const abort = () => request.abort();
    const fail = () => reject(new Error("The file could not be sent."));
    request.open("POST", url);
    request.setRequestHeader("authorization", `Bearer ${token}`);
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    request.onload = () => {
      signal.removeEventListener("abort", abort);
      resolve({ status: request.status, text: request.responseText });
    };
    request.onerror = fail;
    request.onabort = fail;
    signal.addEventListener("abort", abort);
    request.send(form);
  });
}

function readResult(status: number, text: string): UploadResult {
  let answer: { readonly id?: unknown; readonly name?: unknown; readonly message?: unknown };
  try {
    answer = JSON.parse(text);
  } catch {
    return { outcome: "unreachable" };
  }
  if (status === 201 && typeof answer.id === "string")
    return { outcome: "done", file: { id: answer.id, name: String(answer.name) } };
  if (status === 401) return { outcome: "unauthenticated" };
  if (status === 408 || status >= 500) return { outcome: "unreachable" };
  const reason = reasons.get(status) ?? "other";
  return { outcome: "refused", problem: { reason, message: String(answer.message ?? "") } };
}

const reasons: ReadonlyMap<number, UploadProblem["reason"]> = new Map([
  [413, "too-large"],
  [415, "type"],
  [429, "too-many"],
]);

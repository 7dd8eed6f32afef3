import { z } from "zod";

/** What Meta says when it refuses: with any HTTP status, 200 included. */
export interface GraphError {
  readonly code: number;
  readonly subcode: number | null;
  readonly message: string;
  readonly type: string;
  /** Meta says that the same request may succeed later. */
  readonly transient: boolean;
  readonly traceId: string | null;
}

const number = z.coerce.number().int();
const body = z.object({
  error: z.object({
    code: number.catch(-1),
    error_subcode: number.nullish().catch(null),
    message: z.string().catch(""),
    type: z.string().catch(""),
    is_transient: z.boolean().nullish().catch(null),
    fbtrace_id: z.string().nullish().catch(null),
  }),
});

/** Null when the body holds no error. */
export function readGraphError(answer: unknown): GraphError | null {
  const parsed = body.safeParse(answer);
  if (!parsed.success) return null;
  const { code, error_subcode, message, type, is_transient, fbtrace_id } = parsed.data.error;
  return {
    code,
    subcode: error_subcode ?? null,
    message,
    type,
    transient: is_transient ?? false,
    traceId: fbtrace_id ?? null,
  };
}

/** For agents and operators: Meta's words, with what its support asks for. */
export function describeGraphError({ code, subcode, message, traceId }: GraphError): string {
  const said = message === "" ? "Meta refused without a word" : `Meta says: ${message}`;
  const number = subcode === null ? `${code}` : `${code}/${subcode}`;
  return `${said} (code ${number}${traceId === null ? "" : `, trace ${traceId}`})`;
}

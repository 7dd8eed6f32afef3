import { z } from "zod";

/** A Graph API error, which may come with any HTTP status, including 200. */
export interface GraphError {
  readonly code: number;
  readonly subcode: number | null;
  readonly message: string;
  readonly type: string;
  /** Meta says that the same request may succeed later (`is_transient`). */
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

/** Null if the body contains no error. */
export function readGraphError(responseBody: unknown): GraphError | null {
  const parsed = body.safeParse(responseBody);
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

/** For agents and operators: Meta's message, with the numbers that Meta's support asks for. */
export function describeGraphError({ code, subcode, message, traceId }: GraphError): string {
  const reason = message === "" ? "Meta refused without a reason" : `Meta says: ${message}`;
  const codes = subcode === null ? `${code}` : `${code}/${subcode}`;
  return `${reason} (code ${codes}${traceId === null ? "" : `, trace ${traceId}`})`;
}

/** What Meta answers when it refuses, as its own pages and those who met them wrote them down. */
interface Refusal {
  readonly status: number;
  readonly code: number;
  readonly subcode?: number;
  readonly type?: string;
  readonly message: string;
}

export const graphErrors = {
  "window-closed": {
    status: 400,
    code: 10,
    subcode: 2018278,
    message: "(#10) This message is sent outside of allowed window.",
  },
  "window-closed-instagram": {
    status: 403,
    code: 10,
    subcode: 2534022,
    type: "IGApiException",
    message: "(#10) This message is sent outside of allowed window.",
  },
  "tag-not-permitted": {
    status: 403,
    code: 10,
    subcode: 2018065,
    message: "(#10) This message is sent outside of allowed window. You need the human_agent permission.",
  },
  "person-unavailable": {
    status: 400,
    code: 551,
    subcode: 1545041,
    message: "(#551) This person isn't available right now.",
  },
  "blocked-by-person": {
    status: 400,
    code: 10,
    subcode: 2018108,
    message: "(#10) This Person Cannot Receive Messages: This person isn't receiving messages from you right now.",
  },
  "page-restricted": {
    status: 400,
    code: 10,
    subcode: 1893063,
    message: "(#10) The Page is temporarily restricted from sending messages.",
  },
  "permission-missing": {
    status: 403,
    code: 200,
    message: "(#200) Requires pages_messaging permission to manage the object",
  },
  "app-not-reviewed": {
    status: 403,
    code: 10,
    subcode: 2018028,
    message: "(#10) Cannot message users who are not admins, developers or testers of the app until it is reviewed.",
  },
  "no-such-person": { status: 400, code: 100, subcode: 2018001, message: "(#100) No matching user found" },
  "no-such-person-instagram": {
    status: 400,
    code: 100,
    subcode: 2534014,
    type: "IGApiException",
    message: "(#100) The requested user cannot be found.",
  },
  "no-profile": {
    status: 400,
    code: 100,
    subcode: 2018218,
    message: "(#100) User profile is not available.",
  },
  "another-app": {
    status: 400,
    code: 100,
    subcode: 2534037,
    message: "(#100) Another app is controlling this thread now.",
  },
  "file-too-large": {
    status: 400,
    code: 100,
    subcode: 2018109,
    message: "(#100) Attachment size exceeds allowable limit",
  },
  "empty-message": { status: 400, code: 100, subcode: 2018034, message: "(#100) Message cannot be empty" },
  "file-not-fetched": { status: 400, code: 100, subcode: 2018032, message: "(#100) Upload attachment failure." },
  "text-too-long": {
    status: 400,
    code: 100,
    message: "(#100) Length of param message[text] must be less than or equal to 2000",
  },
  "text-too-long-instagram": {
    status: 400,
    code: 100,
    type: "IGApiException",
    message: "(#100) Length of param message[text] must be at most 1000 bytes",
  },
  "proof-missing": {
    status: 400,
    code: 100,
    type: "GraphMethodException",
    message: "(#100) API calls from the server require an appsecret_proof argument",
  },
  "no-such-path": {
    status: 400,
    code: 100,
    subcode: 33,
    type: "GraphMethodException",
    message: "Unsupported request. Object does not exist or cannot be loaded.",
  },
  "token-expired": {
    status: 401,
    code: 190,
    subcode: 463,
    message: "Error validating access token: Session has expired.",
  },
  "token-revoked": {
    status: 401,
    code: 190,
    subcode: 460,
    message: "Error validating access token: The session was invalidated because the user changed their password.",
  },
  "token-unknown": { status: 401, code: 190, message: "Invalid OAuth access token - Cannot parse access token" },
  "token-too-young": {
    status: 400,
    code: 100,
    type: "IGApiException",
    message: "The access token must be at least 24 hours old to be refreshed",
  },
  temporary: { status: 500, code: 2, message: "(#2) Service temporarily unavailable" },
  "temporary-send-failure": {
    status: 400,
    code: 1200,
    subcode: 2018024,
    message: "(#1200) Temporary send message failure. Please try again later.",
  },
  "app-limit": { status: 400, code: 4, message: "(#4) Application request limit reached" },
  "calls-limit": { status: 429, code: 613, message: "(#613) Calls to this api have exceeded the rate limit." },
  blocked: {
    status: 400,
    code: 368,
    message: "(#368) The action attempted has been deemed abusive or is otherwise disallowed",
  },
} as const satisfies Record<string, Refusal>;

export type GraphErrorName = keyof typeof graphErrors;

/** The body of such an answer; `said` goes behind the message, as Meta repeats parts of requests at times. */
export function errorBody(name: GraphErrorName, said = ""): object {
  const error: Refusal = graphErrors[name];
  return {
    error: {
      message: error.message + said,
      type: error.type ?? "OAuthException",
      code: error.code,
      ...(error.subcode !== undefined && { error_subcode: error.subcode }),
      fbtrace_id: "AFakeTrace",
    },
  };
}

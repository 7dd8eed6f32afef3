/** What a tab of the explorer begins with. */
export interface Example {
  readonly query: string;
  /** Of the editor "Headers": JSON with comments. */
  readonly headers: string;
}

const visitor = `# A visitor:
# 1. Run StartSession (the triangle asks which).
# 2. Put its token into "Headers" below.
# 3. Run LeaveAddress, then Write.
# 4. Run Answers in a tab of its own: it waits for
#    what agents answer.

mutation StartSession {
  startSession(input: { locale: "en" }) {
    token
  }
}

mutation LeaveAddress {
  submitContactForm(
    input: { email: "ana@example.com", name: "Ana" }
  ) {
    identified
  }
}

mutation Write {
  sendMessage(
    input: { text: "Is my bike ready?" }
  ) {
    conversation {
      id
    }
  }
}

subscription Answers {
  messageAdded {
    text
    author {
      name
    }
  }
}
`;

const visitorHeaders = `{
  // The token of StartSession. Remove the two slashes:
  // "Authorization": "Bearer TOKEN"
}
`;

const agent = `# An agent:
# 1. Run SignIn with the password that the first
#    start has printed.
# 2. Put its token into "Headers" below.
# 3. Run Inbox.
# 4. Run Messages in a tab of its own: it waits for
#    what visitors write.

mutation SignIn {
  signIn(
    input: { email: "admin@example.com", password: "…" }
  ) {
    token
  }
}

query Inbox {
  conversations(first: 10) {
    nodes {
      id
      visitor {
        name
        email
        online
      }
      lastMessage {
        text
      }
      forwarding {
        state
        trigger
        dueAt
      }
    }
  }
}

subscription Messages {
  messageAdded {
    text
    conversation {
      id
    }
  }
}

mutation Reply($conversationId: ID!) {
  sendMessage(
    input: {
      conversationId: $conversationId
      text: "It is, come by."
    }
  ) {
    id
  }
}
`;

const agentHeaders = `{
  // The token of SignIn. Remove the two slashes:
  // "Authorization": "Bearer TOKEN"
}
`;

/** One tab each: what a visitor and what an agent does first. */
export const examples: readonly Example[] = [
  { query: visitor, headers: visitorHeaders },
  { query: agent, headers: agentHeaders },
];

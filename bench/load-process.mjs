// The load, in a process of its own so that it does not compete with a server for one thread. It is JavaScript here
// because its package is installed beside it, where the compiler does not look.
import { randomUUID } from "node:crypto";
import autocannon from "autocannon";

process.on("message", async (job) => {
  const { url, headers, bodies, connections, until, refused } = job;
  let next = 0;
  let answers = 0;
  const result = await autocannon({
    url,
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    connections,
    ...("seconds" in until ? { duration: until.seconds } : { amount: until.answers }),
    // A body of its own for every request, built as it is sent; a body that is always the same is built once.
    ...(bodies.length === 1
      ? { body: bodies[0] }
      : {
          requests: [
            {
              setupRequest: (request) => {
                next = (next + 1) % bodies.length;
                return { ...request, body: bodies[next].replace("{unique}", randomUUID()) };
              },
            },
          ],
        }),
    verifyBody: (body) => {
      if (body.includes(refused)) return false;
      answers += 1;
      return true;
    },
  });
  process.send({
    answers,
    // A refusal may be both another status and another body than expected.
    errors: result.errors + Math.max(result.non2xx, result.mismatches),
    seconds: result.duration,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  });
});

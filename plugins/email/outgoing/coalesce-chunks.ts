import { Transform } from "node:stream";

/** The size of one write: an email without attachments fits, and the content of a file is not delayed for long. */
const chunkBytes = 64 * 1024;

/**
 * Joins small chunks into chunks of 64 KB. nodemailer emits an email in a dozen pieces, such as single headers and
 * boundaries, and each would be a separate write to the socket: more than half of the cost of sending an email.
 */
export function coalesceChunks(): Transform {
  let pending: Buffer[] = [];
  let sizeBytes = 0;
  const join = (): Buffer => {
    const joined = Buffer.concat(pending, sizeBytes);
    pending = [];
    sizeBytes = 0;
    return joined;
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      pending.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes < chunkBytes) done();
      else done(null, join());
    },
    flush(done) {
      if (sizeBytes > 0) this.push(join());
      done();
    },
  });
}

/** What a vendor's clock says, or ours where that is ahead. */
export function notAfter(at: Date, now: Date): Date {
  return new Date(Math.min(at.getTime(), now.getTime()));
}

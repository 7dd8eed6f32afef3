/** The strip on top: where it can lead on this server, and how many emails the development mailbox holds. */
const strip = document.querySelector(".strip");
const mailbox = document.getElementById("mailbox");
const mails = document.getElementById("mails");
const openedKey = "demo-website.mailbox-opened";
const everyMs = 5_000;

async function showWays(): Promise<void> {
  const response = await fetch("/demo-website.json");
  const found: Readonly<Record<string, boolean>> = response.ok ? await response.json() : {};
  for (const element of document.querySelectorAll<HTMLElement>("[data-needs]"))
    element.hidden = found[element.dataset.needs ?? ""] !== true;
  strip?.classList.add("known");
}

/** The mailbox counts for those who have entered its key, which the link asks for: nobody else is to learn of emails. */
async function countMails(): Promise<void> {
  if (mails === null || document.visibilityState !== "visible" || localStorage.getItem(openedKey) === null) return;
  const response = await fetch("/mailbox.json").catch(() => null);
  // Another mailbox was begun, with another key.
  if (response?.status === 401 || response?.status === 403) return localStorage.removeItem(openedKey);
  if (!response?.ok) return;
  const { mails: all }: { readonly mails: readonly unknown[] } = await response.json();
  const count = String(all.length);
  if (mails.textContent !== count) mails.textContent = count;
  mails.hidden = all.length === 0;
}

const count = () => void countMails();
mailbox?.addEventListener("click", () => localStorage.setItem(openedKey, "1"));
document.addEventListener("visibilitychange", count);
setInterval(count, everyMs);
count();
showWays().catch(() => strip?.classList.add("known"));

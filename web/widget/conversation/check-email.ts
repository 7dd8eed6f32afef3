/** What is wrong with an address at first sight; the server looks closer. Null: nothing. */
export function checkEmail(address: string): "missing" | "unfinished" | null {
  if (address === "") return "missing";
  if (address.length > 254) return "unfinished";
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  const isWhole = at > 0 && domain.indexOf(".") > 0 && !domain.endsWith(".") && !/\s/.test(address);
  return isWhole ? null : "unfinished";
}

import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { withoutChromium } from "../../support/browser/chromium.js";
import { WidgetContext, type WidgetPage } from "./widget-context.js";

(withoutChromium === null ? describe : describe.skip)(`Files in the widget${withoutChromium ?? ""}`, () => {
  let widget: WidgetContext;
  beforeAll(async () => {
    widget = await WidgetContext.setup();
    await widget.setContactForm("OFF");
  });
  afterAll(() => widget?.teardown());

  const text = { name: "bill.txt", mimeType: "text/plain", buffer: Buffer.from("3 tyres") };
  const choose = (tab: WidgetPage, file: typeof text) => tab.frame.locator("input[type=file]").setInputFiles(file);
  const attachmentsOf = async () =>
    (await widget.newestConversation("lastMessage { text attachments { name sizeBytes } }")).lastMessage;

  test("are sent with a message, alone too, and can be taken back before", async () => {
    const tab = await widget.visitor("Hello");
    await choose(tab, text);
    await tab.frame.getByText("bill.txt").waitFor();
    await tab.frame.getByRole("button", { name: "Remove bill.txt" }).click();
    await tab.frame.getByText("bill.txt").waitFor({ state: "detached" });
    await choose(tab, { ...text, name: "light.txt" });
    await tab.frame.locator(".pile progress").waitFor({ state: "detached" });
    await tab.frame.getByRole("button", { name: "Send" }).click();
    await tab.frame.getByRole("link", { name: /light\.txt/ }).waitFor();
    expect(await attachmentsOf()).toEqual({ text: "", attachments: [{ name: "light.txt", sizeBytes: 7 }] });
    const link = await tab.frame.getByRole("link", { name: /light\.txt/ }).getAttribute("href");
    expect(await (await fetch(String(link))).text()).toBe("3 tyres");
  });

  test("dropped on the panel, or pasted into the field, are added", async () => {
    const tab = await widget.visitor("Hello");
    const dispatch = (type: string, event: string, target: string, name: string, property: string) =>
      tab.frame.locator("body").evaluate(`{
        const data = new DataTransfer();
        data.items.add(new File(["3 tyres"], "${name}", { type: "text/plain" }));
        document.querySelector("${target}").dispatchEvent(
          new ${event}("${type}", { bubbles: true, cancelable: true, ${property}: data }));
      }`);
    await dispatch("dragover", "DragEvent", ".column", "dropped.txt", "dataTransfer");
    await tab.frame.getByText("Drop files here").waitFor();
    await dispatch("drop", "DragEvent", ".column", "dropped.txt", "dataTransfer");
    await tab.frame.getByText("dropped.txt").waitFor();
    await tab.frame.getByText("Drop files here").waitFor({ state: "detached" });
    await dispatch("paste", "ClipboardEvent", "textarea", "pasted.txt", "clipboardData");
    await tab.frame.getByText("pasted.txt").waitFor();
  });

  test("that are too large, or of a kind that is not accepted, say so, and the others are sent", async () => {
    const tab = await widget.visitor("Hello");
    const folder = await mkdtemp(join(tmpdir(), "afterchat-files-"));
    await writeFile(join(folder, "ride.mov"), "");
    await truncate(join(folder, "ride.mov"), 20 * 1_048_576 + 1);
    await tab.frame.locator("input[type=file]").setInputFiles(join(folder, "ride.mov"));
    await tab.frame.getByText("Larger than 20 MB").waitFor();
    await rm(folder, { recursive: true });
    await choose(tab, { ...text, name: "tool.exe", buffer: Buffer.from("MZ") });
    await tab.frame.getByText("This kind of file is not accepted").waitFor();
    await choose(tab, text);
    await tab.frame.locator(".pile progress").waitFor({ state: "detached" });
    await tab.write("The bill");
    await tab.frame.getByRole("link", { name: /bill\.txt/ }).waitFor();
    expect(await attachmentsOf()).toEqual({ text: "The bill", attachments: [{ name: "bill.txt", sizeBytes: 7 }] });
  });

  test("whose upload is cut are sent once the network is back, with what was written", async () => {
    const tab = await widget.visitor("Hello");
    await widget.cutNetwork();
    await choose(tab, text);
    await tab.frame.locator(".pile").getByText("Waits for the connection").waitFor();
    await tab.field.fill("The bill");
    await tab.field.press("Enter");
    expect(await tab.field.inputValue()).toBe("The bill");
    await widget.mendNetwork();
    await tab.frame.locator(".pile").getByText("Waits for the connection").waitFor({ state: "detached" });
    await tab.frame.locator(".pile progress").waitFor({ state: "detached" });
    await tab.field.press("Enter");
    await tab.frame.getByRole("link", { name: /bill\.txt/ }).waitFor();
    expect(await attachmentsOf()).toEqual({ text: "The bill", attachments: [{ name: "bill.txt", sizeBytes: 7 }] });
  });
});

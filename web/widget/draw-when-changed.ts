import { effect, Signal } from "@preact/signals-core";
import type { Widget } from "./widget.js";

/**
 * Draws the widget now, and once after each change of what its components share, however many signals change together.
 * @preact/signals would draw single components, for 1.5 KiB more.
 */
export function drawWhenChanged(widget: Widget, draw: () => void): void {
  let isWaiting = false;
  effect(() => {
    for (const part of Object.values(widget)) if (part instanceof Signal) void part.value;
    if (isWaiting) return;
    isWaiting = true;
    queueMicrotask(() => {
      isWaiting = false;
      draw();
    });
  });
}

import { render } from "preact";
import "../theme/tokens.css";
import "./widget.css";
import { drawWhenChanged } from "./draw-when-changed.js";
import { connectToHost } from "./host.js";
import { Panel } from "./panel.js";
import { startWidget } from "./start-widget.js";
import { WidgetContext } from "./widget.js";

// Opened by itself, in a tab, there is no website to talk to.
if (parent !== window) {
  const widget = await startWidget(await connectToHost());
  drawWhenChanged(widget, () =>
    render(
      <WidgetContext.Provider value={widget}>
        <Panel />
      </WidgetContext.Provider>,
      document.body,
    ),
  );
}

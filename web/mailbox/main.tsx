import { render } from "preact";
import "../theme/tokens.css";
import "../theme/controls.css";
import "./mailbox.css";
import { Mailbox } from "./mailbox.js";

render(<Mailbox />, document.body);

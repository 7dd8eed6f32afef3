import { render } from "preact";
import "../theme/tokens.css";
import "../theme/ui.css";
import "./console.css";
import { App } from "./app/app.js";
import { createRouter } from "./app/router.js";
import { keepSession } from "./app/session.js";

const root = document.getElementById("console");
if (root === null) throw new Error("The page has no place for the console.");
render(<App router={createRouter()} keeper={keepSession(localStorage)} />, root);

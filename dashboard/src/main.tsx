import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { serviceAddress } from "./api/address.js";
import { Service } from "./api/service.js";
import { Transport } from "./api/transport.js";
import { App, fetchView } from "./app/app.js";
import { placeOf } from "./app/location.js";
import { showTheme, storedTheme } from "./app/theme.js";
import { ServiceContext } from "./app/service-context.js";
import "./styles/base.css";

showTheme(storedTheme());

const request: typeof fetch = (...parameters) => window.fetch(...parameters);
const page = new URL(window.location.href);
page.hash = "";

const root = document.querySelector("#root");
if (root === null) throw new Error("index.html has no #root");

fetchView(placeOf(window.location.hash));
void serviceAddress(page, request).then((address) => {
  const service = new Service(new Transport(address, request));
  createRoot(root).render(
    <StrictMode>
      <ServiceContext value={service}>
        <App />
      </ServiceContext>
    </StrictMode>,
  );
});

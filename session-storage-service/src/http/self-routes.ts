import { z } from "zod";
import { ServiceInfo } from "session-protocol";
import { DOCS_POLICY, docsPage } from "./docs-page.js";
import { JSON_TYPE } from "./media-type.js";
import { openApiDocument, type OpenApiDocument } from "./openapi.js";
import { sendJson, sendText } from "./reply.js";
import { json, route, type Route } from "./route.js";

/** The routes that tell of the others, themselves included. */
export function selfRoutes(routes: () => readonly Route[], version: string): Route[] {
  const document = once(() => openApiDocument(routes(), version));
  return [serviceInfo(routes, version), openApi(document), docs(document)];
}

function serviceInfo(routes: () => readonly Route[], version: string): Route {
  return route({
    method: "get",
    path: "/",
    tag: "service",
    summary: "What this is and what it answers",
    answers: { 200: json(ServiceInfo, "The service.") },
    handle: (_input, response) => {
      sendJson(response, 200, {
        service: "session-storage-service",
        version,
        documentation: "/docs",
        openapi: "/openapi.json",
        websocket: "/ws",
        endpoints: routes().map(({ method, path }) => `${method.toUpperCase()} ${path}`),
      } satisfies ServiceInfo);
    },
  });
}

function openApi(document: () => OpenApiDocument): Route {
  const text = once(() => JSON.stringify(document()));
  return route({
    method: "get",
    path: "/openapi.json",
    tag: "service",
    summary: "This interface as an OpenAPI document",
    answers: { 200: json(z.looseObject({}), "OpenAPI 3.1.") },
    handle: (_input, response) => {
      sendText(response, 200, JSON_TYPE, text());
    },
  });
}

function docs(document: () => OpenApiDocument): Route {
  const page = once(() => docsPage(document()));
  return route({
    method: "get",
    path: "/docs",
    tag: "service",
    summary: "This interface as a page to read",
    answers: { 200: { description: "The page.", content: { "text/html": "Needs no script." } } },
    handle: (_input, response) => {
      response.set("Content-Security-Policy", DOCS_POLICY);
      sendText(response, 200, "text/html", page());
    },
  });
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

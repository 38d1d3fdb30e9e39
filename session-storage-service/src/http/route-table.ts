import { Router } from "express";
import type { RequestLimits } from "./limits.js";
import type { Route } from "./route.js";

/** Where the interface is also found, under the number of its version. */
const API = "/api/";
const VERSIONED_API = "/api/v1/";
export const PARAMETER = /\{(\w+)\}/g;

/** What `response.locals` carries from route to log and metrics. */
export interface RouteLocals {
  /** The path of the route that answers. */
  path?: string;
}

/** Every route there is: what is registered, what is allowed, and what is documented. */
export class RouteTable {
  readonly #paths: readonly { readonly pattern: RegExp; readonly methods: readonly string[] }[];

  constructor(readonly routes: readonly Route[]) {
    const paths = [...new Set(routes.map(({ path }) => path))];
    this.#paths = paths.map((path) => {
      return { pattern: patternOf(path), methods: methodsOf(routes.filter((route) => route.path === path)) };
    });
  }

  /** The methods a path takes, of all routes that match it; none where no route does. */
  methodsOf(path: string): string[] {
    const plain = path.startsWith(VERSIONED_API) ? API + path.slice(VERSIONED_API.length) : path;
    const matching = this.#paths.filter(({ pattern }) => pattern.test(plain));
    return [...new Set(matching.flatMap(({ methods }) => methods))];
  }

  router(limits: RequestLimits): Router {
    const api = newRouter();
    const root = newRouter();
    for (const route of this.routes) {
      const isApi = route.path.startsWith(API);
      register(isApi ? api : root, isApi ? route.path.slice(API.length - 1) : route.path, route, limits);
    }
    return root.use(VERSIONED_API, api).use(API, api);
  }
}

function newRouter(): Router {
  return Router({ caseSensitive: true });
}

function register(router: Router, path: string, route: Route, limits: RequestLimits): void {
  router[route.method](path.replaceAll(PARAMETER, ":$1"), async (request, response) => {
    (response.locals as RouteLocals).path = route.path;
    await route.serve(request, response, limits);
  });
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(PARAMETER, "[^/]+")}/?$`);
}

function methodsOf(routes: readonly Route[]): string[] {
  const methods = routes.map(({ method }) => method.toUpperCase());
  return [
    ...(methods.includes("GET") ? ["GET", "HEAD"] : []),
    ...methods.filter((name) => name !== "GET"),
    "OPTIONS",
  ];
}

import { createContext, useContext } from "react";
import type { Service } from "../api/service.js";

export const ServiceContext = createContext<Service | undefined>(undefined);

/** The service this page is of. */
export function useService(): Service {
  const service = useContext(ServiceContext);
  if (service === undefined) throw new Error("rendered outside ServiceContext");
  return service;
}

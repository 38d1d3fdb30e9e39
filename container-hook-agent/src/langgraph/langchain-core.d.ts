/** A peer that building does not install: what is used of it. */
declare module "@langchain/core/callbacks/manager" {
  export const CallbackManager: unknown;
}
declare module "@langchain/core/singletons" {
  export const AsyncLocalStorageProviderSingleton: { getRunnableConfig(): unknown };
}

import { useCallback, useEffect, useState } from "react";

export type Load<T> =
  | { readonly kind: "loading" }
  | { readonly kind: "loaded"; readonly value: T }
  | { readonly kind: "failed"; readonly error: Error };

/**
 * What a request answers; asked again when `key` or `version` changes, or by the returned function. Until the new
 * answer is there, the one before is shown, unless the key is another.
 */
export function useLoad<T>(
  key: string,
  ask: (signal: AbortSignal) => Promise<T>,
  version?: unknown,
): [Load<T>, () => void] {
  const [loaded, setLoaded] = useState<{ readonly key: string; readonly load: Load<T> }>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    ask(controller.signal).then(
      (value) => {
        setLoaded({ key, load: { kind: "loaded", value } });
      },
      (error: unknown) => {
        if (!controller.signal.aborted) setLoaded({ key, load: { kind: "failed", error: error as Error } });
      },
    );
    return () => {
      controller.abort();
    };
    // `ask` says the same as long as the key does.
  }, [key, round, version]);
  const again = useCallback(() => {
    setRound((number) => number + 1);
  }, []);
  return [loaded?.key === key ? loaded.load : { kind: "loading" }, again];
}

import { listOf, objectOf, type Fields } from "./fields.js";

/** What is called for an event, as settings have it. */
export type EventHooks = Readonly<Record<string, readonly Fields[]>>;

/** `settings` with hooks beside those that are there. */
export function withEventHooks(settings: Fields, added: EventHooks): Fields {
  const before = objectOf(settings.hooks) ?? {};
  const merged = Object.entries(added).map(
    ([event, hooks]) => [event, [...listOf(before[event]), { hooks }]] as const,
  );
  return { ...settings, hooks: { ...before, ...Object.fromEntries(merged) } };
}

/** `settings` without some hooks, and without what only they needed. */
export function withoutEventHooks(settings: Fields, isOurs: (hook: Fields) => boolean): Fields {
  const { hooks, ...others } = settings;
  const kept = Object.entries(objectOf(hooks) ?? {}).flatMap(([event, groups]) => {
    const left = listOf(groups).flatMap((group) => withoutOurs(group, isOurs));
    return left.length > 0 || listOf(groups).length === 0 ? [[event, left] as const] : [];
  });
  if (hooks === undefined || kept.length === 0) return others;
  return { ...others, hooks: Object.fromEntries(kept) };
}

function withoutOurs(group: unknown, isOurs: (hook: Fields) => boolean): unknown[] {
  const fields = objectOf(group);
  const hooks = listOf(fields?.hooks);
  const left = hooks.filter((hook) => !isOurs(objectOf(hook) ?? {}));
  if (left.length === hooks.length) return [group];
  return left.length === 0 ? [] : [{ ...fields, hooks: left }];
}
